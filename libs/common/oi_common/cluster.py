"""A Redis Cluster's client that finds its way again after a fail-over, whichever node has died.

What redis-py lacks for that, as of 8.1: a command that comes while the client still learns the commands fails with an
IndexError; where keys of XREADGROUP lie is asked of one node, at every read; a connection that breaks in there or in a
pipeline leaves the client with the nodes it knew.
"""

from typing import Any, Final

from redis._parsers import AsyncCommandsParser
from redis.asyncio.cluster import ClusterNode, ClusterPipeline, RedisCluster
from redis.exceptions import ClusterError, CrossSlotTransactionError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

_READS: Final = ("XREADGROUP", "XREAD")
_STREAMS: Final = b"STREAMS"  # as redis-py writes it
# After one of these the cluster is to be asked anew who its nodes are.
_LOST: Final = (RedisConnectionError, RedisTimeoutError, ClusterError)


class _Commands(AsyncCommandsParser):
    """Learns the commands once: what they are does not depend on which node lives."""

    async def initialize(self, node: ClusterNode | None = None) -> None:
        if self.commands and node is not None:
            self.node = node
        else:
            await super().initialize(node)


class Cluster(RedisCluster):
    """Raises what `REDIS_DOWN` names until it has found a node that answers, and asks again at the next command."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands_parser = _Commands()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        if self._initialize:
            await self.initialize()
        try:
            return await super().execute_command(*args, **options)
        except _LOST:
            self._initialize = True
            raise

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> "_Pipeline":
        if shard_hint:
            raise CrossSlotTransactionError("a cluster's pipeline knows no shard_hint")
        return _Pipeline(self, transaction)  # type: ignore[abstract]  # as redis-py's own is

    async def _determine_slot(self, command: str, *args: Any) -> int:
        if command not in _READS:
            return int(await super()._determine_slot(command, *args))
        named = args[args.index(_STREAMS) + 1 :]
        slots = {self.keyslot(key) for key in named[: len(named) // 2]}
        if len(slots) != 1:
            raise ValueError(f"{command}: the streams of one read must be of one underlying")
        return slots.pop()


class _Pipeline(ClusterPipeline):
    """A pipeline after whose failure the nodes are asked for anew."""

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 the library's
        try:
            return list(await super().execute(raise_on_error, allow_redirections))
        except _LOST:
            self.cluster_client._initialize = True  # noqa: SLF001 there is no other way to say it
            raise
