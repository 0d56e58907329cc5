"""Redis' side of the paper account: how far the ticks are read, and the fills that are published with it."""

import json
from collections.abc import Sequence
from typing import Final

from oi_common.connections import AsyncRedis, full_redis_is_unavailable
from oi_common.errors import LeaseLost, Unavailable
from oi_common.events import TickReceived, TradeFilled, stream_of
from oi_common.leases import Lease
from oi_common.metrics import PUBLISHED
from oi_common.wire import encode
from paper_trader.core.memory import Memory, dump

MEMORY: Final = "memory"
VERSION: Final = "version"

# KEYS: lease, state, ticks, trades. ARGV: one JSON document. A writing that was held back by the network finds another
# version than it expects, and does nothing.
_WRITE = """
local doc = cjson.decode(ARGV[1])
if redis.call('GET', KEYS[1]) ~= doc.lease then
  return -1
end
if (redis.call('HGET', KEYS[2], 'version') or '0') ~= doc.expected then
  return -2
end
for _, entry in ipairs(doc.entries) do
  redis.call('XADD', KEYS[4], '*', unpack(entry))
end
redis.call('HSET', KEYS[2], 'version', doc.version, 'memory', doc.memory)
-- Where the group stands keeps trimming behind us, and shows how far we are.
if redis.pcall('XGROUP', 'SETID', KEYS[3], doc.group, doc.cursor).err then
  return -3
end
return 1
"""
_LEASE_LOST, _VERSION_LOST, _GROUP_LOST = -1, -2, -3


def state_key(partition: str) -> str:
    return f"oi:state:paper-trader:{{{partition}}}"


def state_fields(memory: Memory) -> dict[str, str]:
    """Return the memory as fields of the state hash."""
    return {VERSION: str(memory.version), MEMORY: dump(memory)}


class Journal:
    """Writes what was decided on ticks; what was decided on an entry goes with its acknowledgement."""

    def __init__(self, redis: AsyncRedis, group: str, lease: Lease) -> None:
        self._redis = redis
        self._script = redis.register_script(_WRITE)
        self._group = group
        self._lease = lease
        self._trades = stream_of(TradeFilled, lease.partition)
        self._ticks = stream_of(TickReceived, lease.partition)
        self._state = state_key(lease.partition)

    async def read(self) -> tuple[int, str | None]:
        """Return the memory's version and its text, None when Redis has none."""
        version, text = await self._redis.hmget(self._state, VERSION, MEMORY)
        return int(version or 0), text

    async def write(self, memory: Memory, published: Sequence[TradeFilled] = ()) -> None:
        """Write the memory, one version later than the last, and the fills. Raises LeaseLost or Unavailable."""
        entries = [[part for pair in encode(event).items() for part in pair] for event in published]
        document = {
            "lease": self._lease.value,
            "expected": str(memory.version - 1),
            "version": str(memory.version),
            "memory": dump(memory),
            "cursor": memory.cursor,
            "group": self._group,
            "entries": entries,
        }
        with full_redis_is_unavailable():
            written = await self._script(
                keys=[self._lease.key, self._state, self._ticks, self._trades],
                args=[json.dumps(document, ensure_ascii=False)],
            )
        self._check(written)
        if entries:
            PUBLISHED.labels(stream=self._trades).inc(len(entries))

    def _check(self, written: int) -> None:
        if written == _LEASE_LOST:
            raise LeaseLost(f"{self._lease.key} has another owner")
        if written == _VERSION_LOST:
            raise Unavailable(f"{self._state} has changed meanwhile")
        if written == _GROUP_LOST:
            raise Unavailable(f"{self._ticks}: the group {self._group} is gone")
