"""The first minutes of a day, played by every service as its own user: all that each needs is granted."""

import re
from datetime import time

import pytest
import redis
from sqlalchemy import create_engine, text

from support.chaos.plan import Plan, common_environment, exchange_environment, inherited
from support.processes import BIN, Process, answers_ok, eventually, free_port
from support.users import database_users, redis_users, refusals

PLAN = Plan(speed="max", expiries=1, opens=time(9, 14), until=time(9, 40), replicas={"poller": 1})
SERVICES = (
    "poller", "bucketer", "ingest-ws", "ai-minimal", "ai-rich", "paper-trader", "notifier", "dashboard", "recorder",
)  # fmt: skip
COMMANDS = {"recorder": ("oi", "record", "--follow")}
DENIED = re.compile(r"(?i)no permission|noperm|command denied|access denied|permissions to")


@pytest.fixture
def users(redis_url, database_url):
    """User -> its two addresses; the simulator has no database."""
    with redis_users(redis_url) as streams, database_users(database_url) as tables:
        yield {name: {"REDIS_URL": streams[name], "DATABASE_URL": tables.get(name, "")} for name in streams}


@pytest.fixture
def start(users, tmp_path):
    """Start a process as its user: start("poller", **more); returns it and its health port."""
    started = []

    def run(name, **more):
        port = free_port()
        environment = {**inherited(), **common_environment(PLAN, name, tmp_path, port), **users[name], **more}
        first, *rest = COMMANDS.get(name, (name,))
        process = Process([str(BIN / first), *rest], tmp_path / f"{name}.log", environment)
        started.append(process)
        return process, port

    yield run
    for process in reversed(started):
        process.stop()


def count(url, statement):
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar_one()
    finally:
        engine.dispose()


def test_every_service_does_its_work_as_its_own_user(start, redis_url, database_url):
    rest, ws = free_port(), free_port()
    exchange, health = start("simulator", **exchange_environment(PLAN, rest, ws))
    exchange.wait_until(lambda: answers_ok(f"http://127.0.0.1:{health}/readyz"), within=120)
    # Where the credentials come from in the demo, too.
    simulator = {"SIMULATOR_URL": f"http://127.0.0.1:{rest}"}

    running = {name: start(name, **simulator, DASHBOARD_PORT="0") for name in SERVICES}

    wanted = {
        "sealed buckets": "SELECT count(*) FROM chain_buckets WHERE state = 'sealed'",
        "decisions": "SELECT count(*) FROM ai_decisions WHERE `loop` = 'minimal'",
        "decisions of the deep loop": "SELECT count(*) FROM ai_decisions WHERE `loop` = 'rich'",
        "instruments": "SELECT count(*) FROM instruments",
        "the paper trader's partitions": "SELECT count(*) FROM partition_fences WHERE service = 'paper-trader'",
        "every service's heartbeat": f"SELECT count(DISTINCT service) = {len(SERVICES)} FROM services",
    }
    for what, statement in wanted.items():
        eventually(
            lambda statement=statement: count(database_url, statement) > 0,
            within=300,
            every=1,
            what=f"{what}\n{said_by(running)}",
        )
    for name, (process, port) in running.items():
        assert process.is_running, f"{name}\n{process.output[-3000:]}"
        eventually(
            lambda port=port: answers_ok(f"http://127.0.0.1:{port}/readyz"),
            within=60,
            what=f"{name} is ready",
        )
    assert refusals(redis_url) == []
    assert {name: DENIED.findall(process.output) for name, (process, _) in running.items()} == {
        name: [] for name in SERVICES
    }
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys("oi:*:dead") == []


def said_by(running):
    return "\n".join(f"{name}: {process.output[-600:]}" for name, (process, _) in running.items())
