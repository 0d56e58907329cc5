"""Commands that are written already, sent in one piece: by redis-py's connections, around its packing.

They go as one transaction: a Redis that writes every command to its disk before it answers then does so once for all
of them, and not once for every 16 KB that it happens to read. On a cluster each stream has a transaction of its own, on
the node that has the stream. A node that no longer has it says so, and has done nothing: the commands are sent once
more, to the node that has it now.
"""

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import AskError, MovedError, ResponseError

from ingest_ws.core.ticks import Entry

Reply = Any  # an entry's id, or the ResponseError that refuses it

_BEGIN: Final = b"*1\r\n$5\r\nMULTI\r\n"
_END: Final = b"*1\r\n$4\r\nEXEC\r\n"


class Pipe:
    """Sends commands to one Redis, or to the nodes of a cluster. Raises what the client raises when one is away."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._is_cluster = hasattr(redis, "get_node_from_key")

    def send(self, commands: Sequence[Entry]) -> list[Reply]:
        """Return the reply to each."""
        if not self._is_cluster:
            return _sent(self._redis, [[packed for _, packed in commands]])
        replies = self._sent_by_node(commands)
        moved = [place for place, reply in enumerate(replies) if isinstance(reply, MovedError | AskError)]
        if moved:
            self._redis.nodes_manager.initialize()
            again = self._sent_by_node([commands[place] for place in moved])
            for place, reply in zip(moved, again, strict=True):
                replies[place] = reply
        return replies

    def ask(self) -> None:
        """Return when every server answers. A cluster is asked anew who they are: one may have taken another's place."""
        if not self._is_cluster:
            self._redis.ping()
            return
        self._redis.nodes_manager.initialize()
        for node in self._redis.get_primaries():
            self._redis.get_redis_connection(node).ping()

    def _sent_by_node(self, commands: Sequence[Entry]) -> list[Reply]:
        places: dict[str, list[int]] = {}
        for place, (stream, _) in enumerate(commands):
            places.setdefault(stream, []).append(place)
        streams: dict[str, list[str]] = {}
        nodes: dict[str, Any] = {}
        for stream in places:
            node = self._redis.get_node_from_key(stream)
            streams.setdefault(node.name, []).append(stream)
            nodes[node.name] = node
        replies: list[Reply] = [None] * len(commands)
        for name, its_streams in streams.items():
            transactions = [[commands[place][1] for place in places[stream]] for stream in its_streams]
            found = _sent(self._redis.get_redis_connection(nodes[name]), transactions)
            for place, reply in zip((p for s in its_streams for p in places[s]), found, strict=True):
                replies[place] = reply
        return replies


def _sent(client: Any, transactions: Sequence[Sequence[bytes]]) -> list[Reply]:
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        whole = [part for packed in transactions for part in (_BEGIN, *packed, _END)]
        connection.send_packed_command([b"".join(whole)])
        return [reply for packed in transactions for reply in _replies(connection, len(packed))]
    except BaseException:
        connection.disconnect()  # what it would say next is not about what comes next
        raise
    finally:
        pool.release(connection)


def _replies(connection: Any, commands: int) -> list[Reply]:
    """Read the answers to one transaction. A command that is refused while it is queued has all of them refused."""
    queued = [_reply(connection) for _ in range(1 + commands)]
    done = _reply(connection)
    if isinstance(done, Exception):
        refusal = next((reply for reply in queued if isinstance(reply, Exception)), done)
        return [refusal] * commands
    return list(done)


def _reply(connection: Any) -> Reply:
    try:
        return connection.read_response()
    except ResponseError as e:
        return e
