"""The poller as a process: how it starts, refuses and ends."""

from datetime import date, datetime

import redis

from oi_common.market.buckets import IST
from simulator.core.model_market import ModelMarket
from simulator.testing import ManualClock, Serving, running_exchange
from support.processes import answers_ok, free_port

MORNING = datetime(2026, 8, 6, 8, 0, tzinfo=IST)
ACCOUNT = {
    "ANGEL_API_KEY": "a-key",
    "ANGEL_CLIENT_CODE": "A1",
    "ANGEL_PIN": "4321",
    "ANGEL_TOTP_SECRET": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # pragma: allowlist secret
}


def environment(redis_url, database_url, folder, **more):
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder / "data"),
        "HEALTH_PORT": str(free_port()),
        "SIMULATOR_URL": "",
        **more,
    }


def publish_simulated_time(url, at):
    moment = str(at.timestamp())
    with redis.Redis.from_url(url) as client:
        client.hset("oi:clock", mapping={"sim": moment, "real": "0", "speed": "1", "limit": moment})


def test_it_becomes_ready_and_a_sigterm_ends_it_with_0(redis_url, sqlite_url, tmp_path, running_process):
    publish_simulated_time(redis_url, MORNING)
    market = ModelMarket(date(2026, 8, 6), seed=7)
    with running_exchange(market, ManualClock(MORNING), serving=Serving(master_filler=105_000)) as exchange:
        wanted = environment(redis_url, sqlite_url, tmp_path, **exchange.environment("127.0.0.1"))
        ready = f"http://127.0.0.1:{wanted['HEALTH_PORT']}/readyz"

        process = running_process("poller", environment=wanted, is_ready=lambda: answers_ok(ready), within=60)

        assert process.stop(within=10) == 0
        assert exchange.account.pin not in [word.strip('",') for word in process.output.split()]
        assert "eyJ" not in process.output
        assert not (tmp_path / "logs").exists()


def test_a_missing_credential_ends_it_with_78_and_its_name(redis_url, sqlite_url, tmp_path, running_process):
    account = {name: value for name, value in ACCOUNT.items() if name != "ANGEL_PIN"}
    process = running_process(
        "poller", environment=environment(redis_url, sqlite_url, tmp_path, ANGEL_PIN="", **account)
    )

    assert process.popen.wait(30) == 78
    assert "ANGEL_PIN is not set" in process.output
    assert "Traceback" not in process.output


def test_an_api_key_the_broker_refuses_ends_it_with_78(redis_url, sqlite_url, tmp_path, running_process):
    publish_simulated_time(redis_url, MORNING)
    market = ModelMarket(date(2026, 8, 6), seed=7)
    with running_exchange(market, ManualClock(MORNING)) as exchange:
        wrong = exchange.environment("127.0.0.1") | {"ANGEL_API_KEY": "not-the-key"}
        process = running_process("poller", environment=environment(redis_url, sqlite_url, tmp_path, **wrong))

        assert process.popen.wait(30) == 78

    assert "ANGEL_API_KEY" in process.output
    assert "not-the-key" not in process.output
