"""ingest-ws as a real process beside the simulator's: starts, gets ready, hands over, stops."""

import json
import os
import re
import signal
from urllib.request import urlopen

import pytest
from redis import Redis

from support.processes import answers_ok, eventually, free_port

NIFTY = "oi:ticks:{NIFTY}"


@pytest.fixture
def simulator(running_process, redis_url, tmp_path):
    """A simulator at ten times the speed, from 10:00 on; gives the environment its clients want."""
    rest, stream = free_port(), free_port()
    url = f"http://127.0.0.1:{rest}"
    running_process(
        "simulator",
        environment={
            "REDIS_URL": redis_url,
            "SIM_SPEED": "10",
            "SIM_START": "10:00",
            "SIM_REST_PORT": str(rest),
            "SIM_WS_PORT": str(stream),
            "DATA_DIR": str(tmp_path),
        },
        is_ready=lambda: answers_ok(f"{url}/simulator/env"),
        within=60,
    )
    with urlopen(f"{url}/simulator/env") as reply:
        return json.load(reply)


@pytest.fixture
def ingest_ws(running_process, simulator, redis_url, sqlite_url, tmp_path):
    """Start a replica; gives (process, its health URL)."""

    def start(instance):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process = running_process(
            "ingest-ws",
            environment={
                **simulator,
                "REDIS_URL": redis_url,
                "DATABASE_URL": sqlite_url,
                "DATA_DIR": str(tmp_path / instance),
                "INSTANCE": instance,
                "INDICES": "NIFTY",
                "STRIKES_AROUND": "3",
                "HEALTH_PORT": str(port),
                "LOG_FORMAT": "json",
            },
            is_ready=lambda: answers_ok(f"{url}/healthz"),
            within=60,
        )
        return process, url

    return start


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def grows(redis):
    length = redis.xlen(NIFTY)
    eventually(lambda: redis.xlen(NIFTY) > length + 20, within=30, what="more ticks")


def owner(redis):
    return (redis.get("oi:lease:ingest-ws:{slot-1}") or "|").split("|")[0]


def test_a_replica_gets_ready_publishes_and_stops_cleanly(ingest_ws, redis, simulator):
    process, url = ingest_ws("one")

    eventually(lambda: redis.xlen(NIFTY) > 50 and answers_ok(f"{url}/readyz"), within=60, what="ready")
    metrics = urlopen(f"{url}/metrics").read().decode()
    assert "oi_ingest_ws_sockets_connected 1.0" in metrics

    assert process.stop() == 0
    assert owner(redis) == ""
    secrets = [simulator["ANGEL_PIN"] + '"', simulator["ANGEL_TOTP_SECRET"], "eyJ"]
    assert not [secret for secret in secrets if secret in process.output]


def test_a_second_replica_stands_by_and_takes_over(ingest_ws, redis):
    first, _ = ingest_ws("one")
    eventually(lambda: redis.xlen(NIFTY) > 50, within=60, what="the first replica's ticks")
    _, standby_url = ingest_ws("two")
    eventually(lambda: answers_ok(f"{standby_url}/readyz"), within=30, what="standing by")
    assert owner(redis) == "one"

    os.kill(first.pid, signal.SIGKILL)

    eventually(lambda: owner(redis) == "two", within=20, what="the lease's new owner")
    grows(redis)
    eventually(lambda: answers_ok(f"{standby_url}/readyz"), within=30, what="ready again")


@pytest.fixture
def nearly_full(redis):
    """Make the Redis nearly full until the test ends: nearly_full(), nearly_full(is_full=False) gives it room again."""

    def limit(*, is_full=True):
        redis.config_set("maxmemory", int(redis.info("memory")["used_memory"] / 0.87) if is_full else 0)

    yield limit
    limit(is_full=False)


def test_a_nearly_full_redis_stops_the_ticks_and_is_told_of(ingest_ws, redis, nearly_full):
    _, url = ingest_ws("one")
    eventually(lambda: redis.xlen(NIFTY) > 50 and answers_ok(f"{url}/readyz"), within=60, what="ready")

    nearly_full()

    eventually(lambda: redis.xlen("oi:alerts") == 1, within=10, what="the alert")
    eventually(lambda: not answers_ok(f"{url}/readyz"), within=10, what="no longer ready")
    length = redis.xlen(NIFTY)
    packets = received(url)
    eventually(lambda: received(url) > packets + 100, within=30, what="more packets")
    assert redis.xlen(NIFTY) == length
    nearly_full(is_full=False)
    grows(redis)
    eventually(lambda: redis.xlen("oi:alerts") == 2, within=10, what="the end of the alert")


def received(url):
    told = urlopen(f"{url}/metrics").read().decode()
    return float(re.search(r"^oi_ingest_ws_packets_received_total (\S+)", told, re.MULTILINE)[1])


def test_a_wrong_account_ends_the_service_with_a_name_for_it(ingest_ws, simulator):
    simulator["ANGEL_API_KEY"] = "not-the-key"

    process, _ = ingest_ws("one")

    eventually(lambda: not process.is_running, within=60, what="the end of a hopeless service")
    assert "ANGEL_API_KEY" in process.output
    assert process.popen.returncode == 78
    assert "not-the-key" not in process.output
