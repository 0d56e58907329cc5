"""The dead-letter streams: what lies in them, putting entries back, throwing them away."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from oi_common.connections import REDIS_DOWN, connect_redis_blocking
from oi_common.errors import Unavailable
from oi_common.fuse import FUSES, blown_field, kind_of
from oi_common.slots import tag_of

SUFFIX = ":dead"
_PAGE = 200

# The entry is put back and taken out in one step: however often this is tried, it is never there twice.
_RETRY = """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then
  return false
end
local fields = {}
local entry = found[1][2]
for i = 1, #entry, 2 do
  if string.sub(entry[i], 1, 5) ~= 'dead_' then
    table.insert(fields, entry[i])
    table.insert(fields, entry[i + 1])
  end
end
if #fields == 0 then
  return false
end
local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
return id
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One buried entry: why, when, and what it was."""

    entry_id: str
    reason: str
    buried_at: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pile:
    """One dead-letter stream. `reasons` counts the entries by what is wrong with them, most frequent first."""

    stream: str
    entries: int
    newest_at: str
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BlownFuse:
    """A stream of which a group takes nothing more; `share` says how many of how many were buried."""

    stream: str
    group: str
    share: str


class DeadLetters:
    """Reads and moves buried entries. Every method raises Unavailable when Redis is away."""

    def __init__(self, url: str) -> None:
        self._client = connect_redis_blocking(url)
        self._retry = self._client.register_script(_RETRY)

    def close(self) -> None:
        self._client.close()

    def piles(self) -> list[Pile]:
        """Return every dead-letter stream that holds something."""
        with _reaching_redis():
            streams = sorted(
                {_text(key) for key in self._client.scan_iter(match=f"oi:*{SUFFIX}", count=1000)}
            )
        return [pile for stream in streams if (pile := self._pile(stream)) is not None]

    def letters(self, stream: str, entry_id: str | None = None) -> Iterator[Letter]:
        """Yield the entries of a dead-letter stream, oldest first, or the one with this id."""
        first, last = (entry_id, entry_id) if entry_id else ("-", "+")
        while True:
            with _reaching_redis():
                page = self._client.xrange(buried(stream), first, last, count=_PAGE)
            for raw_id, raw_fields in page:
                fields = {_text(name): _text(value) for name, value in raw_fields.items()}
                yield _letter(_text(raw_id), fields)
            if len(page) < _PAGE:
                return
            first = f"({_text(page[-1][0])}"

    def retry(self, stream: str, entry_id: str) -> bool:
        """Put one entry back onto its stream; False when it is not there, or nothing of it is left."""
        with _reaching_redis():
            return bool(self._retry(keys=[buried(stream), origin(stream)], args=[entry_id]))

    def drop(self, stream: str, entry_id: str) -> bool:
        """Throw one entry away; False when it is not there."""
        with _reaching_redis():
            return bool(self._client.xdel(buried(stream), entry_id))

    def blown(self) -> list[BlownFuse]:
        """Return every blown fuse."""
        suffix = blown_field("")
        return [
            BlownFuse(name.removesuffix(suffix), _group_of(key), share)
            for key in self._fuses("*")
            for name, share in sorted(self._fields(key).items())
            if name.endswith(suffix)
        ]

    def reset(self, stream: str) -> list[str]:
        """Make the stream's fuses whole, and forget what blew them; return the groups whose fuse was blown."""
        whole = origin(stream)
        reset = []
        for key in self._fuses(tag_of(whole)):
            if blown_field(whole) in self._fields(key):
                reset.append(_group_of(key))
            with _reaching_redis():
                self._client.hdel(key, whole, blown_field(whole))
        return reset

    def _fuses(self, tag: str) -> list[str]:
        with _reaching_redis():
            return sorted({_text(key) for key in self._client.scan_iter(match=f"{FUSES}*:{tag}", count=1000)})

    def _fields(self, key: str) -> dict[str, str]:
        with _reaching_redis():
            return {_text(name): _text(value) for name, value in self._client.hgetall(key).items()}

    def _pile(self, stream: str) -> Pile | None:
        letters = list(self.letters(stream))
        if not letters:
            return None
        reasons = Counter(kind_of(letter.reason) for letter in letters)
        return Pile(origin(stream), len(letters), letters[-1].buried_at, tuple(reasons.most_common()))


def buried(stream: str) -> str:
    """Return the dead-letter stream of a stream, by either name."""
    return stream if stream.endswith(SUFFIX) else stream + SUFFIX


def origin(stream: str) -> str:
    """Return the stream whose entries are buried there, by either name."""
    return stream.removesuffix(SUFFIX)


def _group_of(key: str) -> str:
    return key.removeprefix(FUSES).split(":{", maxsplit=1)[0]


def _letter(entry_id: str, fields: dict[str, str]) -> Letter:
    own = {name: value for name, value in fields.items() if not name.startswith("dead_")}
    return Letter(entry_id, fields.get("dead_reason", "unknown"), fields.get("dead_at", ""), own)


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


@contextmanager
def _reaching_redis() -> Iterator[None]:
    try:
        yield
    except REDIS_DOWN as e:
        raise Unavailable(f"Redis does not answer ({e}); is REDIS_URL right?") from e
