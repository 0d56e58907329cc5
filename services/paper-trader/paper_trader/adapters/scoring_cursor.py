"""How far the scorecard has read the ticks, beside how far the trader has."""

from oi_common.connections import AsyncRedis
from oi_common.errors import LeaseLost
from oi_common.leases import Lease
from paper_trader.core.memory import START

# An owner who was frozen must not take the reading on past what the next one has yet to see.
_WRITE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""


def cursor_key(partition: str) -> str:
    return f"oi:state:scorecard:{{{partition}}}"


class ScoringCursor:
    """The id of the last tick whose consequences stand in the tables."""

    def __init__(self, redis: AsyncRedis, lease: Lease) -> None:
        self._redis = redis
        self._lease = lease
        self._key = cursor_key(lease.partition)
        self._script = redis.register_script(_WRITE)

    async def read(self) -> str:
        return str(await self._redis.get(self._key) or START)

    async def write(self, cursor: str) -> None:
        """Raises LeaseLost when another replica has taken over."""
        if not await self._script(keys=[self._lease.key, self._key], args=[self._lease.value, cursor]):
            raise LeaseLost(f"{self._lease.key} has another owner")
