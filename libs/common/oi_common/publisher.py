"""Publishing an event at most once."""

from datetime import timedelta

from oi_common.connections import REDIS_DOWN, AsyncRedis, full_redis_is_unavailable
from oi_common.errors import Unavailable
from oi_common.events import Event, stream_of
from oi_common.metrics import PUBLISHED
from oi_common.slots import tag_of
from oi_common.wire import encode

# The mark and the entry are written together, so a publisher that does not know whether its last
# attempt arrived simply tries again.
_ONCE = """
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
  return redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
end
return false
"""

_REMEMBERED = timedelta(hours=24)  # longer than any session, so that a restart tells nothing twice


class Publisher:
    """Puts events onto their streams."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._once = redis.register_script(_ONCE)

    async def publish_once(self, event: Event, underlying: str | None = None) -> str | None:
        """Append the entry unless its `event_id` was published before; None says it was.

        A stream that has no partitions (oi:alerts) takes no underlying. Raises Unavailable; then trying again is safe.
        """
        stream = stream_of(type(event), underlying)
        mark = f"oi:once:{tag_of(stream)}:{event.event_id}"
        flat = [part for pair in encode(event).items() for part in pair]
        try:
            with full_redis_is_unavailable():
                entry_id: str | None = await self._once(
                    keys=[stream, mark], args=[int(_REMEMBERED.total_seconds()), *flat]
                )
        except REDIS_DOWN as e:
            raise Unavailable(f"redis did not take an entry: {e}") from e
        if entry_id is not None:
            PUBLISHED.labels(stream=stream).inc()
        return entry_id
