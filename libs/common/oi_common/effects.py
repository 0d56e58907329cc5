"""What a handled entry leaves behind in Redis, written in one step together with its acknowledgement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oi_common.connections import AsyncRedis, full_redis_is_unavailable
from oi_common.errors import LeaseLost
from oi_common.events import Event, stream_of
from oi_common.leases import Lease
from oi_common.metrics import PUBLISHED
from oi_common.wire import encode

# KEYS: lease, state, the stream read, the streams written. ARGV: one JSON document.
# A script runs whole or not at all, costs one round trip, and works on one Redis and on a cluster alike.
_COMMIT = """
local doc = cjson.decode(ARGV[1])
if doc.lease and redis.call('GET', KEYS[1]) ~= doc.lease then
  return -1
end
for i = 1, #doc.state, 2 do
  redis.call('HSET', KEYS[2], doc.state[i], doc.state[i + 1])
end
for _, name in ipairs(doc.forget) do
  redis.call('HDEL', KEYS[2], name)
end
for _, entry in ipairs(doc.entries) do
  redis.call('XADD', KEYS[entry.key], '*', unpack(entry.fields))
end
return redis.call('XACK', KEYS[3], doc.group, doc.id)
"""

_NO_LEASE = "oi:lease:none"


@dataclass(frozen=True, slots=True)
class Effects:
    """What a handler wants written: events to publish, fields of its state to set and to forget."""

    publish: tuple[Event, ...] = ()
    state: Mapping[str, str] = field(default_factory=dict)
    forget: tuple[str, ...] = ()


NOTHING = Effects()


@dataclass(frozen=True, slots=True)
class EntryRef:
    """Where an entry lies."""

    stream: str
    entry_id: str


class EffectsWriter:
    """Writes the effects of one partition's entries, fenced by the partition's lease."""

    def __init__(
        self, redis: AsyncRedis, group: str, *, state_key: str, underlying: str | None, lease: Lease | None
    ) -> None:
        self._script = redis.register_script(_COMMIT)
        self._group = group
        self._state_key = state_key
        self._underlying = underlying
        self._lease = lease

    async def commit(self, ref: EntryRef, effects: Effects) -> None:
        """Write the effects and acknowledge the entry. Raises LeaseLost or Unavailable, then nothing was written."""
        entries = [(stream_of(type(e), self._underlying), encode(e)) for e in effects.publish]
        await self._write(ref, entries, effects)
        for stream, _ in entries:
            PUBLISHED.labels(stream=stream).inc()

    async def bury(self, ref: EntryRef, dead: Mapping[str, str]) -> None:
        """Move the entry to its dead-letter stream. Raises LeaseLost or Unavailable, then nothing was written."""
        await self._write(ref, [(f"{ref.stream}:dead", dead)], NOTHING)

    async def _write(
        self, ref: EntryRef, entries: Sequence[tuple[str, Mapping[str, str]]], effects: Effects
    ) -> None:
        lease = self._lease
        keys = [lease.key if lease else _lease_in_slot_of(ref.stream), self._state_key, ref.stream]
        targets = sorted({stream for stream, _ in entries})
        document = {
            **({"lease": lease.value} if lease else {}),
            "state": [part for pair in effects.state.items() for part in pair],
            "forget": list(effects.forget),
            "entries": [
                {"key": 4 + targets.index(stream), "fields": [p for pair in fields.items() for p in pair]}
                for stream, fields in entries
            ],
            "group": self._group,
            "id": ref.entry_id,
        }
        with full_redis_is_unavailable():
            written = await self._script(
                keys=[*keys, *targets], args=[json.dumps(document, ensure_ascii=False)]
            )
        if written == -1:
            raise LeaseLost(f"{keys[0]} has another owner")


def _lease_in_slot_of(stream: str) -> str:
    """Return a key that is never set, in the stream's cluster slot."""
    tag = stream[stream.index("{") : stream.index("}") + 1] if "{" in stream else ""
    return _NO_LEASE + tag
