"""The bucketer as a process, fed with a stream of which too much makes no sense."""

import redis
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from oi_cli.main import app
from support.processes import eventually

STREAM = "oi:polls:{NIFTY}"
DEAD = f"{STREAM}:dead"
GOOD = {
    "index_name": "NIFTY",
    "lot_size": "65",
    "expiry": "2026-11-24",
    "segment": "NFO",
    "feed_time": "2026-11-20T09:15:20+05:30",
    "polled_at": "2026-11-20T09:15:20+05:30",
    "source": "live",
    "quotes": '[{"strike": 24500, "type": "CE", "oi": 650}]',
}
BAD = {**GOOD, "lot_size": "many"}


def query(url, sql):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def test_it_stops_says_why_stays_stopped_and_goes_on_after_a_reset(
    redis_url, sqlite_url, running_process, monkeypatch
):
    monkeypatch.setenv("REDIS_URL", redis_url)
    environment = {"REDIS_URL": redis_url, "DATABASE_URL": sqlite_url, "INDICES": "NIFTY"}
    with redis.Redis.from_url(redis_url) as client:
        for _ in range(500):
            client.xadd(STREAM, BAD)
        client.xadd(STREAM, GOOD)

        for _ in range(2):  # the second time as compose starts it again
            process = running_process("bucketer", environment=environment)
            assert process.popen.wait(30) == 65
            said = process.output.splitlines()[-1]
            assert f"bucketer could not process 50 of the last 50 entries of {STREAM}" in said
            assert "(50 times) because of lot_size: " in said
            assert f"`oi dead reset '{STREAM}'`" in said
            assert "Traceback" not in process.output
            assert client.xlen(DEAD) == 50
        statuses = query(sqlite_url, "select distinct status from services")
        assert statuses == [(f"fuse blown: {STREAM}",)]

        client.xtrim(STREAM, maxlen=1)
        assert CliRunner().invoke(app, ["dead", "reset", STREAM]).exit_code == 0
        running_process("bucketer", environment=environment)
        eventually(
            lambda: query(sqlite_url, "select 1 from option_snapshots"), within=20, what="the good poll"
        )


def test_48_kinds_of_nonsense_among_good_polls_do_not_stop_it(redis_url, sqlite_url, running_process):
    environment = {"REDIS_URL": redis_url, "DATABASE_URL": sqlite_url, "INDICES": "NIFTY"}
    with redis.Redis.from_url(redis_url) as client:
        for _ in range(48):
            client.xadd(STREAM, BAD)
        client.xadd(STREAM, GOOD)

        process = running_process("bucketer", environment=environment)

        eventually(
            lambda: query(sqlite_url, "select 1 from option_snapshots"), within=20, what="the good poll"
        )
        assert client.xlen(DEAD) == 48
        assert process.stop() == 0
