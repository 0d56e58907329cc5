"""Each service's user of Redis does what the service does, and can touch nothing of another."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from oi_common.connections import connect_redis
from oi_common.effects import Effects, EffectsWriter
from oi_common.events import EVENTS, OiChanged, SnapshotSaved, TickReceived, stream_of
from oi_common.leases import Leases
from oi_common.subscriber import Route, Subscriber
from redis_access import SERVICES
from redis_acl import UNPARTITIONED, text
from support import engine
from support.processes import Process, free_port
from support.redis_servers import is_redis_up
from support.users import has_selectors, redis_users, refusals, secrets_made

ROOT = Path(__file__).resolve().parents[3]


def stream(event):
    return stream_of(event, None if event in UNPARTITIONED else "NIFTY")


@pytest.fixture
def urls(redis_url):
    with redis_users(redis_url) as made:
        yield made


@pytest.fixture
def as_user(urls):
    """A client of a user: as_user("poller")."""
    clients = []

    def client(name):
        clients.append(redis.Redis.from_url(urls[name], decode_responses=True))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture
def has_groups_apart(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        return has_selectors(client)


def streams_out_of_reach(name, *, has_groups_apart):
    """Return the streams that a user must not add to; Redis 6.2 cannot tell reading as a group from writing."""
    access = SERVICES[name]
    inside = {*access.writes}
    if not has_groups_apart:
        inside |= {*access.groups, *access.marks, *access.reads} if access.writes or access.groups else set()
    return [stream(event) for event in EVENTS if event not in inside]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_adds_to_its_own_streams_only(as_user, name, has_groups_apart):
    client = as_user(name)

    for event in SERVICES[name].writes:
        assert client.xadd(stream(event), {"a": 1})
    for other in streams_out_of_reach(name, has_groups_apart=has_groups_apart):
        with pytest.raises(NoPermissionError):
            client.xadd(other, {"a": 1})


@pytest.mark.parametrize("name", SERVICES)
def test_no_script_and_no_transaction_writes_where_the_user_may_not(as_user, name, redis_url):
    client = as_user(name)
    [foreign] = [stream(e) for e in EVENTS if e not in users_events(name)][:1] or ["oi:clock:x"]
    with redis.Redis.from_url(redis_url) as owner:
        sha = owner.script_load("return redis.call('XADD', ARGV[1], '*', 'a', '1')")

    with pytest.raises(ResponseError, match=r"(?i)permission|can't (access|run)"):
        client.evalsha(sha, 0, foreign)
    with pytest.raises(NoPermissionError):
        client.pipeline(transaction=True).xadd(foreign, {"a": 1}).execute()
    with redis.Redis.from_url(redis_url) as owner:
        assert not owner.exists(foreign)


def users_events(name):
    access = SERVICES[name]
    return {*access.writes, *access.reads, *access.marks, *access.groups}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("KEYS", "*"),
        ("CONFIG", "SET", "maxmemory", "1"),
        ("CONFIG", "REWRITE"),
        ("SHUTDOWN",),
        ("ACL", "LIST"),
        ("ACL", "SETUSER", "x"),
        ("SWAPDB", "0", "1"),
        ("REPLICAOF", "NO", "ONE"),
        ("CLIENT", "KILL", "TYPE", "normal"),
        ("DEL", "oi:lease:another:{NIFTY}"),
        ("XTRIM", "oi:another:{NIFTY}", "MAXLEN", "0"),
        ("SET", "anything", "1"),
        ("PUBLISH", "oi", "1"),
        ("BGREWRITEAOF",),
    ],
    ids=" ".join,
)
def test_no_service_stops_empties_or_changes_the_server(as_user, name, command):
    with pytest.raises(NoPermissionError):
        as_user(name).execute_command(*command)


def test_every_service_may_ask_what_all_ask_at_the_start(as_user):
    for name in SERVICES:
        client = as_user(name)
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.set("oi:origin", "live", nx=True) in {True, None}


async def test_the_consumer_loop_runs_as_its_user_and_buries_what_makes_no_sense(urls, redis_url, as_user):
    redis.Redis.from_url(redis_url).xadd("oi:changes:{NIFTY}", {"no": "sense"})
    client = connect_redis(urls["ai-rich"])
    leases = Leases(client, "ai-rich", "one")
    lease = await leases.acquire("NIFTY")
    stop = asyncio.Event()

    async def handle(_event):
        return Effects()

    subscriber = Subscriber(
        client,
        {
            "oi:changes:{NIFTY}": Route(OiChanged, handle),
            "oi:snapshots:{NIFTY}": Route(SnapshotSaved, handle),
        },
        group="ai-rich",
        consumer="NIFTY",
        writer=EffectsWriter(
            client, "ai-rich", state_key="oi:state:ai-rich:{NIFTY}", underlying="NIFTY", lease=lease
        ),
        lease=lease,
    )
    operator = as_user("operator")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(subscriber.run(stop))
        async with asyncio.timeout(20):
            while not operator.exists("oi:changes:{NIFTY}:dead"):
                await asyncio.sleep(0.05)
        stop.set()
    await leases.release(lease)
    await client.aclose()

    assert operator.xlen("oi:changes:{NIFTY}:dead") == 1
    assert refusals(redis_url) == []


def test_the_operator_mends_what_is_ours_and_stops_nothing(as_user):
    operator = as_user("operator")

    operator.xadd("oi:polls:{NIFTY}:dead", {"a": 1})
    assert list(operator.scan_iter(match="oi:*")) == ["oi:polls:{NIFTY}:dead"]
    assert operator.delete("oi:polls:{NIFTY}:dead") == 1
    for command in (("FLUSHALL",), ("CONFIG", "SET", "maxmemory", "1"), ("SET", "other", "1"), ("SHUTDOWN",)):
        with pytest.raises(NoPermissionError):
            operator.execute_command(*command)


def test_the_exporter_reads_groups_and_changes_nothing(as_user, redis_url, has_groups_apart):
    redis.Redis.from_url(redis_url).xadd(stream(TickReceived), {"a": 1})
    exporter = as_user("exporter")

    assert exporter.xinfo_stream(stream(TickReceived))["length"] == 1
    assert exporter.info("memory")["used_memory"] > 0
    for command in (("XADD", stream(TickReceived), "*", "a", "1"), ("GET", "oi:session:{X}"), ("FLUSHALL",)):
        with pytest.raises(NoPermissionError):
            exporter.execute_command(*command)


def test_the_containers_script_starts_a_redis_that_lets_nobody_in_without_a_name(tmp_path, has_groups_apart):
    secrets, port = secrets_made(tmp_path / "secrets"), free_port()
    shutil.copy(ROOT / "deploy/redis/start.sh", tmp_path)
    program = engine.require_redis_program()
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "users.acl").write_text(text(selectors="v=6." not in said))
    command = ["/bin/sh", str(tmp_path / "start.sh"), "--port", str(port), "--dir", str(tmp_path)]
    where = {"SECRETS": str(secrets / "redis"), "ACL_FILE": str(tmp_path / "made.acl")}
    path = os.pathsep.join([str(Path(program).parent), os.environ["PATH"]])
    server = Process(command, tmp_path / "log", {**os.environ, **where, "PATH": path})
    url = (secrets / "poller/redis_url").read_text().replace("redis:6379", f"127.0.0.1:{port}")
    try:
        server.wait_until(lambda: is_redis_up(url), within=60)
        for nobody in (redis.Redis(port=port), redis.Redis(port=port, username="poller", password="wrong")):
            with pytest.raises((AuthenticationError, ResponseError)):
                nobody.ping()
        assert redis.Redis.from_url(url).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        server.stop()
