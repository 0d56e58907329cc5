"""Columns as the commands that put their ticks onto their streams: what `ticks.entry` writes one by one, all at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from struct import Struct
from typing import Final

from ingest_ws.core.columns import Columns
from ingest_ws.core.packets import PAISE
from ingest_ws.core.resp import Kept, bulk, bulks, command_of, size_of
from ingest_ws.core.ticks import RECEIVED, Entry, moment
from oi_common.market.buckets import IST

_DAY: Final = "open", "high", "low", "prev_close"
_FOUR: Final = Struct("<4q")
_MICROSECONDS: Final = 1_000_000


def entries_of(columns: Columns, received_at: Iterable[int]) -> list[Entry]:
    """Return the XADD of each tick with its stream; `received_at` are microseconds since 1970."""
    instruments = columns.instruments
    exchanged, exchanged_bulks = zip(*map(_EXCHANGED.__getitem__, columns.at_ms), strict=True)
    received_bulks = list(map(_received, received_at))
    received = [each[5:-2] for each in received_bulks]
    day_counts, days = zip(*map(_DAYS.__getitem__, columns.day), strict=True)
    parts = (
        _counts(columns, day_counts),
        [each.entry_begins for each in instruments],
        [
            size_of(len(each.id_begins) + len(begun) + len(ended))
            for each, begun, ended in zip(instruments, exchanged, received, strict=True)
        ],
        [each.id_begins for each in instruments],
        exchanged,
        received,
        [each.after_id for each in instruments],
        exchanged_bulks,
        received_bulks,
        map(_LTP.__getitem__, columns.ltp),
        map(_BID.__getitem__, columns.bid),
        map(_ASK.__getitem__, columns.ask),
        map(_volume, columns.volume),
        map(_OI.__getitem__, columns.oi),
        days,
        [each.entry_ends for each in instruments],
    )
    commands = map(b"".join, zip(*parts, strict=True))
    return list(zip([each.stream for each in instruments], commands, strict=True))


def _counts(columns: Columns, day_counts: Sequence[int]) -> list[bytes]:
    told = zip(
        columns.instruments, columns.bid, columns.ask, columns.volume, columns.oi, day_counts, strict=True
    )
    return [
        command_of(each.arguments + 2 * ((bid > 0) + (ask > 0) + (volume >= 0) + (oi >= 0) + day))
        for each, bid, ask, volume, oi, day in told
    ]


def _exchanged(ms: int) -> tuple[bytes, bytes]:
    """Return a moment as it stands in the middle of an id, and as an argument with the next field's name behind it."""
    text = moment(ms)
    return f"{text}:".encode(), bulk(text) + RECEIVED


def _received(at: int) -> bytes:
    second, rest = divmod(at, _MICROSECONDS)
    if not rest:
        return bulk(moment(second * 1000))
    day_and_time, zone = _second(second)
    return b"$32\r\n%b.%06d%b\r\n" % (day_and_time, rest, zone)


@lru_cache(maxsize=64)
def _second(second: int) -> tuple[bytes, bytes]:
    text = datetime.fromtimestamp(second, IST).isoformat().encode()
    return text[:19], text[19:]


def _price(name: str, paise: int) -> bytes:
    return bulks(name, str(paise / PAISE)) if paise > 0 else b""


def _volume(units: int) -> bytes:
    return b"$6\r\nvolume\r\n$%d\r\n%d\r\n" % (len(str(units)), units) if units >= 0 else b""


def _oi(units: int) -> bytes:
    return bulks("oi", str(units)) if units >= 0 else b""


def _day(told: bytes) -> tuple[int, bytes]:
    """Return how many of the day's prices are known, and their fields."""
    fields = [_price(*each) for each in zip(_DAY, _FOUR.unpack(told.ljust(_FOUR.size, b"\0")), strict=True)]
    return len(fields) - fields.count(b""), b"".join(fields)


_LTP: Final = Kept(partial(_price, "ltp"))
_BID: Final = Kept(partial(_price, "bid"))
_ASK: Final = Kept(partial(_price, "ask"))
_OI: Final = Kept(_oi)
_DAYS: Final = Kept(_day)
_EXCHANGED: Final = Kept(_exchanged)
