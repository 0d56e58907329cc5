"""The pipeline as processes on a cluster of three, through a morning of the simulated exchange in which a master dies."""

import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, time
from urllib.request import urlopen

from redis.exceptions import RedisError

from oi_common.connections import connect_redis_blocking
from support.chaos.plan import Plan, common_environment, exchange_environment, inherited
from support.chaos.reading import stored_tables
from support.chaos.verdict import differences, expected_tables
from support.processes import BIN, Process, answers_ok, eventually, free_port

PLAN = Plan(
    speed="max",
    indices=("NIFTY", "BANKNIFTY", "TCS"),  # on three nodes
    expiries=1,
    opens=time(9, 14),
    until=time(9, 44, 30),
    replicas={"poller": 1, "bucketer": 2, "ingest-ws": 1},
)
SLOTS = 30  # a poll a minute from 09:15 to 09:44
HANDLED = [
    f"oi:{kind}:{{{index}}}"
    for index in PLAN.indices
    for kind in ("polls", "candles", "greeks", "backfill", "days")
]


class Streams:
    """What lies in the cluster, for the oracle's readers. A client for each question: nodes die."""

    def __init__(self, url):
        self._url = url

    def ask(self, question):
        client = connect_redis_blocking(self._url)
        try:
            return question(client)
        finally:
            client.close()

    def xrange(self, stream):
        return [
            (name.decode(), {field.decode(): value.decode() for field, value in fields.items()})
            for name, fields in self.ask(lambda client: client.xrange(stream))
        ]

    def polls(self, index):
        return self.ask(lambda client: client.xlen(f"oi:polls:{{{index}}}"))

    def is_drained(self):
        try:
            return self.ask(lambda client: all(_is_drained(client, stream) for stream in HANDLED))
        except RedisError:
            return False


def _is_drained(client, stream):
    last = client.xrevrange(stream, count=1)
    if not last:
        return True
    groups = [group for group in client.xinfo_groups(stream) if group["name"] == b"bucketer"]
    return bool(groups) and not groups[0]["pending"] and groups[0]["last-delivered-id"] == last[0][0]


class Crew:
    """The processes of the pipeline; all of them are ended with the block."""

    def __init__(self, folder, stores, stack: ExitStack):
        self._folder, self._stores, self._stack = folder, stores, stack
        self.members: dict[str, Process] = {}

    def start(self, name, environment, is_ready: Callable[[str], bool] | None = None):
        port = free_port()
        told = common_environment(PLAN, name, self._folder, port) | environment | self._stores
        command = [str(BIN / name.rsplit("-", 1)[0])]
        process = Process(command, self._folder / f"{name}.log", inherited() | told)
        self._stack.callback(process.kill)
        self.members[name] = process
        if is_ready is not None:
            process.wait_until(lambda: is_ready(f"http://127.0.0.1:{port}/readyz"), within=90)

    def send(self, name, number):
        os.kill(self.members[name].pid, number)

    def stop(self):
        """Ask all to end; return name -> exit code, and what those have said that had ended before."""
        gone = {name: each.output[-2000:] for name, each in self.members.items() if not each.is_running}
        return {name: each.stop(within=20) for name, each in self.members.items()}, gone


def now(exchange):
    with urlopen(f"{exchange}/simulator/clock", timeout=10) as reply:
        return datetime.fromisoformat(json.load(reply)["now"]).time()


def test_a_morning_with_a_fail_over_leaves_the_tables_that_an_undisturbed_one_would(
    own_cluster, database_url, tmp_path
):
    streams = Streams(own_cluster.url)
    rest, ws = free_port(), free_port()
    exchange = f"http://127.0.0.1:{rest}"
    stores = {"REDIS_URL": own_cluster.url, "DATABASE_URL": database_url}

    with ExitStack() as stack:
        crew = Crew(tmp_path, stores, stack)
        crew.start("simulator-1", exchange_environment(PLAN, rest, ws), is_ready=answers_ok)
        with urlopen(f"{exchange}/simulator/env", timeout=10) as reply:
            account = json.load(reply)
        for name in PLAN.all_instances:
            crew.start(name, account)
        eventually(
            lambda: all(streams.polls(index) >= SLOTS // 3 for index in PLAN.indices),
            within=400,
            every=0.2,
            what="a third of the morning is polled",
        )
        # Nothing is on its way at the blow: what a master had not handed on would be gone with it.
        crew.send("poller-1", signal.SIGSTOP)
        eventually(streams.is_drained, within=60, every=0.2, what="all is handled")
        eventually(own_cluster.replicas_follow, within=60, what="the replicas have it all")
        own_cluster.master_of("oi:polls:{NIFTY}").process.kill()
        crew.send("poller-1", signal.SIGCONT)
        eventually(own_cluster.is_whole, within=60, what="the replica has taken over")
        eventually(lambda: now(exchange) >= PLAN.until, within=600, every=0.2, what="the end")
        eventually(streams.is_drained, within=120, every=0.2, what="all is handled to the end")
        codes, gone = crew.stop()

    assert gone == {}
    assert set(codes.values()) == {0}
    assert differences(expected_tables(streams, PLAN), stored_tables(database_url)) == []
    slots = {
        index: [fields["event_id"] for _, fields in streams.xrange(f"oi:polls:{{{index}}}")]
        for index in PLAN.indices
    }
    assert {index: len(set(of)) for index, of in slots.items()} == dict.fromkeys(PLAN.indices, SLOTS)
