"""What a handled entry leaves behind in Redis, written in one step together with its acknowledgement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oi_common.connections import AsyncRedis, full_redis_is_unavailable
from oi_common.errors import LeaseLost, Unavailable
from oi_common.events import Event, stream_of
from oi_common.fuse import BURIED, HANDLED, Fuse, FusePolicy
from oi_common.leases import Lease
from oi_common.metrics import PUBLISHED
from oi_common.slots import tag_of
from oi_common.wire import encode

# KEYS: lease, state, the stream read, its fuse, the streams written. ARGV: one JSON document.
# A script runs whole or not at all, costs one round trip, and works on one Redis and on a cluster alike.
_COMMIT = """
local doc = cjson.decode(ARGV[1])
if doc.lease and redis.call('GET', KEYS[1]) ~= doc.lease then
  return -1
end
-- The fuse: one letter for each of the last entries, x for a buried one (see fuse.py).
local blown = KEYS[3] .. '|blown'
local fuse = redis.call('HMGET', KEYS[4], KEYS[3], blown)
if fuse[2] then
  return -2
end
-- Sent again by one who does not know that it arrived, or held back by the network meanwhile: done once only.
if #redis.call('XPENDING', KEYS[3], doc.group, doc.id, doc.id, 1) == 0 then
  return 0
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
local outcomes = string.sub((fuse[1] or '') .. doc.outcome, -doc.window)
if outcomes ~= fuse[1] then
  redis.call('HSET', KEYS[4], KEYS[3], outcomes)
end
local _, buried = string.gsub(outcomes, 'x', '')
if doc.outcome == 'x' and buried >= doc.least and 2 * buried > #outcomes then
  redis.call('HSET', KEYS[4], blown, buried .. ' of the last ' .. #outcomes)
end
return redis.call('XACK', KEYS[3], doc.group, doc.id)
"""
_LEASE_LOST, _FUSE_BLOWN = -1, -2
_FIXED_KEYS = 4

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
    """Writes the effects of one partition's entries, fenced by the partition's lease and stopped by its fuse."""

    def __init__(
        self,
        redis: AsyncRedis,
        group: str,
        *,
        state_key: str,
        underlying: str | None,
        lease: Lease | None,
        fuse: FusePolicy | None = None,
    ) -> None:
        self._script = redis.register_script(_COMMIT)
        self._group = group
        self._state_key = state_key
        self._underlying = underlying
        self._lease = lease
        self.fuse = Fuse(redis, group, fuse)

    async def commit(self, ref: EntryRef, effects: Effects) -> None:
        """Write the effects and acknowledge the entry; nothing happens if it is acknowledged already.

        Raises LeaseLost, FuseBlown or Unavailable, then nothing was written.
        """
        entries = [(stream_of(type(e), self._underlying), encode(e)) for e in effects.publish]
        if await self._write(ref, entries, effects, HANDLED):
            for stream, _ in entries:
                PUBLISHED.labels(stream=stream).inc()

    async def bury(self, ref: EntryRef, dead: Mapping[str, str]) -> None:
        """Move the entry to its dead-letter stream, which may blow the fuse for the next one.

        Raises LeaseLost, FuseBlown or Unavailable, then nothing was written.
        """
        await self._write(ref, [(f"{ref.stream}:dead", dead)], NOTHING, BURIED)

    async def _write(
        self, ref: EntryRef, entries: Sequence[tuple[str, Mapping[str, str]]], effects: Effects, outcome: str
    ) -> bool:
        lease, targets = self._lease, sorted({stream for stream, _ in entries})
        lease_key = lease.key if lease else _NO_LEASE + tag_of(ref.stream)
        document = {
            **({"lease": lease.value} if lease else {}),
            **self.fuse.told(outcome),
            **_written(entries, effects, targets),
            "group": self._group,
            "id": ref.entry_id,
        }
        with full_redis_is_unavailable():
            written = await self._script(
                keys=[lease_key, self._state_key, ref.stream, self.fuse.key(ref.stream), *targets],
                args=[json.dumps(document, ensure_ascii=False)],
            )
        if written == _LEASE_LOST:
            raise LeaseLost(f"{lease_key} has another owner")
        if written == _FUSE_BLOWN:
            await self.fuse.check([ref.stream])
            raise Unavailable(f"{ref.stream}: its fuse was reset this moment")
        return bool(written)


def _written(
    entries: Sequence[tuple[str, Mapping[str, str]]], effects: Effects, targets: Sequence[str]
) -> dict[str, object]:
    first = _FIXED_KEYS + 1
    return {
        "state": _flat(effects.state),
        "forget": list(effects.forget),
        "entries": [
            {"key": first + targets.index(stream), "fields": _flat(fields)} for stream, fields in entries
        ],
    }


def _flat(fields: Mapping[str, str]) -> list[str]:
    return [part for pair in fields.items() for part in pair]
