"""Commands that are written already, sent in one piece: by redis-py's connections, around its packing.

On a cluster each command goes to the node that has its stream. A node that no longer has it says so, and has done
nothing: the command is sent once more, to the node that has it now.
"""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import AskError, MovedError, ResponseError

Command = tuple[str, bytes]  # the stream it is about, and all of it
Reply = Any  # an entry's id, or the ResponseError that refuses it


class Pipe:
    """Sends commands to one Redis, or to the nodes of a cluster. Raises what the client raises when one is away."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._is_cluster = hasattr(redis, "get_node_from_key")

    def send(self, commands: Sequence[Command]) -> list[Reply]:
        """Return the reply to each."""
        if not self._is_cluster:
            return _sent(self._redis, [packed for _, packed in commands])
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

    def _sent_by_node(self, commands: Sequence[Command]) -> list[Reply]:
        nodes: dict[str, list[int]] = {}
        clients: dict[str, Any] = {}
        for place, (stream, _) in enumerate(commands):
            node = self._redis.get_node_from_key(stream)
            nodes.setdefault(node.name, []).append(place)
            clients[node.name] = node
        replies: list[Reply] = [None] * len(commands)
        for name, places in nodes.items():
            client = self._redis.get_redis_connection(clients[name])
            found = _sent(client, [commands[place][1] for place in places])
            for place, reply in zip(places, found, strict=True):
                replies[place] = reply
        return replies


def _sent(client: Any, packed: Sequence[bytes]) -> list[Reply]:
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command([b"".join(packed)])
        return [_reply(connection) for _ in packed]
    except BaseException:
        connection.disconnect()  # what it would say next is not about what comes next
        raise
    finally:
        pool.release(connection)


def _reply(connection: Any) -> Reply:
    try:
        return connection.read_response()
    except ResponseError as e:
        return e
