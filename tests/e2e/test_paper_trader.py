"""The command `paper-trader`, killed as soon as a fill is in the tables: it is there once, and told once."""

import redis
from sqlalchemy import text

from oi_common.database import connect_database
from oi_common.wire import encode
from support.paper import after, decision, spot, tick
from support.paper_running import DECISIONS, TICKS, TRADES
from support.processes import answers_ok, eventually

WITHIN = 60


def test_killed_after_each_fill_it_fills_once_and_tells_once(
    redis_url, sqlite_url, running_process, free_port
):
    def fills():
        with engine.connect() as connection:
            query = text("SELECT trade_id, action FROM paper_trades ORDER BY number")
            return [tuple(row) for row in connection.execute(query)]

    def told():
        return [(fields["trade_id"], fields["action"]) for _, fields in client.xrange(TRADES)]

    def killed_once_filled(count):
        eventually(lambda: len(fills()) == count, within=WITHIN, what=f"{count} fills", every=0.001)
        trader.kill()
        trader.start()
        trader.wait_until(lambda: answers_ok(is_ready), within=WITHIN)

    engine = connect_database(sqlite_url)
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    environment = {
        "REDIS_URL": redis_url, "DATABASE_URL": sqlite_url, "INDICES": "NIFTY", "HEALTH_PORT": str(free_port),
        "INSTANCE": "struck",
    }  # fmt: skip
    is_ready = f"http://127.0.0.1:{free_port}/readyz"
    trader = running_process("paper-trader", environment=environment, is_ready=lambda: answers_ok(is_ready))

    # when: a position is opened and stopped, and each time the process is killed at once
    client.xadd(TICKS, spot())
    client.xadd(TICKS, tick())
    client.xadd(DECISIONS, encode(decision()))
    killed_once_filled(1)
    eventually(lambda: len(told()) == 1, within=WITHIN, what="the entry is told")
    client.xadd(TICKS, tick(after(5), 79.0))
    killed_once_filled(2)
    eventually(lambda: len(told()) == 2, within=WITHIN, what="the exit is told")

    # then
    assert trader.stop() == 0
    assert told() == fills()
    assert [action for _, action in fills()] == ["ENTER", "EXIT"]
    client.close()
    engine.dispose()
