"""Reading a fast stream in pages, by a cursor of our own; the group only shows where we are.

A pending list would cost Redis one entry for each tick, and one acknowledgement each. The cursor is written by
`Journal` together with what the ticks led to, so that a tick counts as handled exactly when its effects are there.
"""

from redis.exceptions import ResponseError

from oi_common.connections import AsyncRedis
from oi_common.trimming import EntryId

_PAGE = 2000

Tick = tuple[str, dict[str, str]]


class TickReader:
    """Reads the ticks of one underlying."""

    def __init__(self, redis: AsyncRedis, stream: str, group: str) -> None:
        self._redis = redis
        self._stream = stream
        self._group = group

    async def ensure_group(self) -> None:
        """Make the group, by which trimming knows what we still need."""
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as e:
            if "BUSYGROUP" not in str(e):
                raise

    async def newest(self) -> str | None:
        """Return the id of the newest tick, None for an empty stream."""
        found = await self._redis.xrevrange(self._stream, count=1)
        return str(found[0][0]) if found else None

    async def page(self, after: str, until: str) -> list[Tick]:
        """Return the next ticks after one, up to and with `until`; fewer than a page means that there are no more."""
        if EntryId.parse(after) >= EntryId.parse(until):
            return []
        found: list[Tick] = await self._redis.xrange(self._stream, f"({after}", until, count=_PAGE)
        return found
