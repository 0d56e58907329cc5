"""The market socket's binary packets as values: LTP (51 bytes), QUOTE (123) and SNAP_QUOTE (379).

Little-endian, one instrument a packet (Angel One's WebSocket Streaming 2.0 document; offsets held against
smartapi-python 1.5.5 by the tests). Quantities are units; prices come as integers and leave as rupees.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

LTP: Final = 1
QUOTE: Final = 2
SNAP_QUOTE: Final = 3

# Prices are hundredths of a rupee; only currency derivatives (cde_fo) have seven decimals.
PAISE: Final = 100
_CURRENCY: Final = 13
_CURRENCY_SCALE: Final = 10_000_000

_HEAD = "<xB25s8xqq"  # mode, exchange type, token, sequence, exchange time, ltp
_DAY = "16xq16xqqqq"  # last quantity, average, volume, two totals, open, high, low, previous close
_OI = "8xq8x"  # last trade's time, OI, an OI change documented as garbage
_BOOK = "h8xq2x" * 10  # flag, quantity, price, orders
_LTP: Final = Struct(_HEAD)
_QUOTE: Final = Struct(_HEAD + _DAY)
_SNAP_QUOTE: Final = Struct(_HEAD + _DAY + _OI + _BOOK + "32x")  # four bounds end it

_BUY, _SELL = 1, 0
_AS_DOCUMENTED: Final = (_BUY,) * 5 + (_SELL,) * 5


class UnreadablePacketError(ValueError):
    """This packet can never be read: its length and its mode do not fit."""


class Packet(NamedTuple):
    """One packet as the broker sent it. What its mode does not carry is None; a zero is the broker's own."""

    exchange_type: int
    token: str
    exchange_time_ms: int
    ltp: float
    volume: int | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    prev_close: float | None = None
    oi: int | None = None
    bid: float | None = None
    ask: float | None = None


def decode(raw: bytes) -> Packet:
    """Return what a packet says; bytes beyond its mode's length are ignored.

    Raises UnreadablePacketError, naming mode and length.
    """
    reader = _READERS.get(raw[0]) if raw else None
    if reader is None:
        raise UnreadablePacketError(f"mode: {raw[0] if raw else 'none'} is unknown (length {len(raw)})")
    layout, read = reader
    if len(raw) < layout.size:
        raise UnreadablePacketError(f"length: {len(raw)} is too short for mode {raw[0]} ({layout.size})")
    return read(raw)


def _ltp(raw: bytes) -> Packet:
    kind, token, at, ltp = _LTP.unpack_from(raw)
    return Packet(kind, _text(token), at, ltp / _scale(kind))


def _quote(raw: bytes) -> Packet:
    kind, token, at, ltp, volume, opened, high, low, close = _QUOTE.unpack_from(raw)
    scale = _scale(kind)
    return Packet(
        kind,
        _text(token),
        at,
        ltp / scale,
        volume,
        opened / scale,
        high / scale,
        low / scale,
        close / scale,
    )


def _snap_quote(raw: bytes) -> Packet:
    values = _SNAP_QUOTE.unpack_from(raw)
    kind, token, at, ltp, volume, opened, high, low, close, oi = values[:10]
    scale = _scale(kind)
    bid, ask = _best(values[10:])
    return Packet(
        kind,
        _text(token),
        at,
        ltp / scale,
        volume,
        opened / scale,
        high / scale,
        low / scale,
        close / scale,
        oi,
        bid / scale if bid > 0 else None,
        ask / scale if ask > 0 else None,
    )


def _best(book: tuple[int, ...]) -> tuple[int, int]:
    """Return the best bid and ask, 0 where that side is empty. The flag decides the side, not the position."""
    flags, prices = book[0::2], book[1::2]
    if flags == _AS_DOCUMENTED and min(prices) > 0:
        return max(prices[:5]), min(prices[5:])
    levels = [level for level in zip(flags, prices, strict=True) if level[1] > 0]
    bids = (price for flag, price in levels if flag == _BUY)
    asks = (price for flag, price in levels if flag == _SELL)
    return max(bids, default=0), min(asks, default=0)


@lru_cache(maxsize=8192)  # the same few thousand tokens all day
def _text(token: bytes) -> str:
    return token.partition(b"\0")[0].decode("latin-1")


def _scale(kind: int) -> int:
    return _CURRENCY_SCALE if kind == _CURRENCY else PAISE


_READERS: Final[dict[int, tuple[Struct, Callable[[bytes], Packet]]]] = {
    LTP: (_LTP, _ltp),
    QUOTE: (_QUOTE, _quote),
    SNAP_QUOTE: (_SNAP_QUOTE, _snap_quote),
}
