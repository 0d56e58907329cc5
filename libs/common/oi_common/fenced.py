"""Publishing by the owner of a partition alone, each event at most once."""

from datetime import timedelta
from typing import Final

from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.errors import LeaseLost
from oi_common.events import Event, stream_of
from oi_common.leases import Lease
from oi_common.metrics import PUBLISHED
from oi_common.slots import tag_of
from oi_common.wire import encode

# KEYS: lease, mark, stream. ARGV: the lease's value, how long the mark is kept, the entry's fields. Lease, mark and
# entry are one step: whoever was frozen publishes nothing, whoever does not know whether it arrived tries again.
_ONCE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return -1
end
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then
  redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
  return 1
end
return 0
"""
_LEASE_LOST: Final = -1
_REMEMBERED: Final = timedelta(hours=24)


class FencedPublisher:
    """Puts events of one partition onto its streams while the lease is ours."""

    def __init__(self, redis: AsyncRedis, lease: Lease) -> None:
        self._redis = redis
        self._lease = lease
        self._once = redis.register_script(_ONCE)

    async def check(self) -> None:
        """Raise LeaseLost when another replica owns the partition, Unavailable when Redis cannot say."""
        with redis_away_is_unavailable():
            held = await self._redis.get(self._lease.key)
        if held != self._lease.value:
            raise LeaseLost(f"{self._lease.key} is no longer ours")

    async def publish_once(self, event: Event) -> bool:
        """Append the entry unless its `event_id` was published before, and say whether it was appended.

        Raises LeaseLost, or Unavailable: then trying again is safe.
        """
        stream = stream_of(type(event), self._lease.partition)
        mark = f"oi:once:{tag_of(stream)}:{event.event_id}"
        flat = [part for pair in encode(event).items() for part in pair]
        with redis_away_is_unavailable():
            written = await self._once(
                keys=[self._lease.key, mark, stream],
                args=[self._lease.value, int(_REMEMBERED.total_seconds()), *flat],
            )
        if written == _LEASE_LOST:
            raise LeaseLost(f"{self._lease.key} has another owner")
        if written:
            PUBLISHED.labels(stream=stream).inc()
        return bool(written)
