"""A real Redis Cluster on loopback: three masters with a replica each, made as `redis-cli --cluster create` makes one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from oi_cli.demo.ports import free_ports
from oi_common.connections import connect_redis_blocking
from support import engine
from support.processes import Process, eventually
from support.redis_servers import REDIS_SETTINGS, is_redis_up

MASTERS = 3
SLOTS = 16384
# After so long without an answer a master is failed over: what an operator sets to 15 s or less.
NODE_TIMEOUT_MS = 1500
_MADE_WITHIN = 60.0
_BUS, _NEVER_OUTGOING = 10_000, 32_768
_SETTINGS = {
    **REDIS_SETTINGS,
    "cluster-enabled": "yes",
    "cluster-node-timeout": str(NODE_TIMEOUT_MS),
    "cluster-require-full-coverage": "no",
    # However far a replica is behind: a busy machine must not keep it from standing for election.
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
}


@dataclass(frozen=True)
class Node:
    """One server of the cluster."""

    process: Process
    port: int

    @property
    def client(self) -> Any:
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=5)


@dataclass(frozen=True)
class Cluster:
    """The nodes, masters first, and the URL by which services reach them."""

    nodes: tuple[Node, ...]

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.nodes[0].port}"

    def master_of(self, key: str) -> Node:
        """Return the node that serves a key now, as those that live see it."""
        slot = self._living.client.cluster("KEYSLOT", key)
        for first, last, (_, port, *_more), *_replicas in self._slots():
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise LookupError(f"no node serves slot {slot}")

    def is_whole(self) -> bool:
        """Whether every slot has a master that lives, and every living node says so."""
        living = [node for node in self.nodes if node.process.is_running]
        try:
            return all(node.client.cluster("INFO")["cluster_state"] == "ok" for node in living) and all(
                node.process.is_running for node in map(self._node_at, self._masters())
            )
        except redis.RedisError:
            return False

    def replicas_follow(self) -> bool:
        """Whether each master has a replica that has all it has."""
        try:
            return all(self._node_at(port).client.wait(1, 100) >= 1 for port in self._masters())
        except redis.RedisError:
            return False

    def empty(self) -> None:
        for port in self._masters():
            self._node_at(port).client.flushall()

    @property
    def _living(self) -> Node:
        return next(node for node in self.nodes if node.process.is_running)

    def _masters(self) -> set[int]:
        return {master[1] for _first, _last, master, *_replicas in self._slots()}

    def _slots(self) -> list[Any]:
        found: list[Any] = self._living.client.execute_command("CLUSTER SLOTS")
        return found

    def _node_at(self, port: int) -> Node:
        return next(node for node in self.nodes if node.port == port)


@contextmanager
def redis_cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster for as long as the block lasts."""
    ports = free_cluster_ports(2 * MASTERS)
    with ExitStack() as stack:
        cluster = Cluster(tuple(_started(folder / str(port), port, stack) for port in ports))
        _share_out_slots(cluster)
        _meet(cluster)
        eventually(cluster.is_whole, within=_MADE_WITHIN, what="every node knows the cluster")
        _replicate(cluster)
        eventually(cluster.replicas_follow, within=_MADE_WITHIN, what="every master has its replica")
        connect_redis_blocking(cluster.url).close()
        yield cluster


def free_cluster_ports(count: int) -> list[int]:
    """Return free ports whose bus, 10,000 further up, is no port that an outgoing connection is given either."""
    return [port for port in free_ports(20 * count) if port < _NEVER_OUTGOING - _BUS][:count]


def _started(folder: Path, port: int, stack: ExitStack) -> Node:
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**_SETTINGS, "port": str(port), "bind": "127.0.0.1", "dir": str(folder)}
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    process = Process([engine.require_redis_program(), *options], folder / "redis.log")
    stack.callback(process.kill)
    process.wait_until(lambda: is_redis_up(f"redis://127.0.0.1:{port}"), within=20)
    return Node(process, port)


def _share_out_slots(cluster: Cluster) -> None:
    for number, node in enumerate(cluster.nodes):
        node.client.cluster("SET-CONFIG-EPOCH", number + 1)
        if number < MASTERS:
            own = range(number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS)
            node.client.cluster("ADDSLOTS", *own)


def _meet(cluster: Cluster) -> None:
    for node in cluster.nodes[1:]:
        cluster.nodes[0].client.cluster("MEET", "127.0.0.1", node.port)
    everyone = len(cluster.nodes)
    eventually(
        lambda: all(
            int(node.client.cluster("INFO")["cluster_known_nodes"]) == everyone for node in cluster.nodes
        ),
        within=_MADE_WITHIN,
        what="every node has met every other",
    )


def _replicate(cluster: Cluster) -> None:
    for master, replica in zip(cluster.nodes[:MASTERS], cluster.nodes[MASTERS:], strict=True):
        replica.client.cluster("REPLICATE", master.client.cluster("MYID"))
