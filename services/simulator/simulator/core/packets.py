"""The socket's binary packets, byte for byte: LTP (51), QUOTE (123) and SNAP_QUOTE (379).

Little-endian, one instrument a packet, prices in paise, the exchange's time in milliseconds and the last trade's
in seconds (Angel One's WebSocket Streaming 2.0 document; offsets checked with smartapi-python 1.5.5).
"""

from itertools import chain
from struct import Struct
from typing import Final, Literal

from simulator.core.market import Exchange, Level, Quote

Mode = Literal[1, 2, 3]

LTP: Final = 1
QUOTE: Final = 2
SNAP_QUOTE: Final = 3

EXCHANGE_TYPES: Final[dict[Exchange, int]] = {"NSE": 1, "NFO": 2, "BSE": 3, "BFO": 4, "MCX": 5}
EXCHANGES: Final[dict[int, Exchange]] = {number: exchange for exchange, number in EXCHANGE_TYPES.items()}

_HEAD = "bb25sqqq"
_DAY = "qqqddqqqq"
_BOOK = "hqqh" * 10
_LTP = Struct("<" + _HEAD)
_QUOTE = Struct("<" + _HEAD + _DAY)
_SNAP_QUOTE = Struct("<" + _HEAD + _DAY + "qqd" + _BOOK + "qqqq")

_BUY, _SELL = 1, 0
_STEPS = 5
_EMPTY_LEVEL = (0, 0, 0, 0)


def packet(
    mode: Mode, exchange: Exchange, token: str, quote: Quote, *, sequence: int, oi_change: float = 0.0
) -> bytes:
    """Return one packet; `oi_change` is the field the broker documents as garbage."""
    head = (
        mode,
        EXCHANGE_TYPES[exchange],
        token.encode("ascii"),
        sequence,
        int(quote.fed_at.timestamp()) * 1000,
        _paise(quote.ltp),
    )
    if mode == LTP:
        return _LTP.pack(*head)
    day = _day(quote)
    if mode == QUOTE:
        return _QUOTE.pack(*head, *day)
    trade = (int(quote.traded_at.timestamp()), quote.oi, oi_change)
    return _SNAP_QUOTE.pack(*head, *day, *trade, *_book(quote), *_bounds(quote))


def _day(quote: Quote) -> tuple[float, ...]:
    return (
        quote.last_quantity,
        _paise(quote.average_price),
        quote.volume,
        float(quote.total_buy),
        float(quote.total_sell),
        _paise(quote.open),
        _paise(quote.high),
        _paise(quote.low),
        _paise(quote.close),
    )


def _bounds(quote: Quote) -> tuple[int, ...]:
    return (
        _paise(quote.upper_circuit),
        _paise(quote.lower_circuit),
        _paise(quote.high_52_weeks),
        _paise(quote.low_52_weeks),
    )


def _book(quote: Quote) -> list[int]:
    """Return five buys then five sells; an instrument without a book (an index) has nothing but zeros."""
    if not quote.buy and not quote.sell:
        return [0] * 40
    return list(chain(*_side(quote.buy, _BUY), *_side(quote.sell, _SELL)))


def _side(levels: tuple[Level, ...], flag: int) -> list[tuple[int, int, int, int]]:
    side = [(flag, level.quantity, _paise(level.price), level.orders) for level in levels[:_STEPS]]
    return side + [(flag, *_EMPTY_LEVEL[1:])] * (_STEPS - len(side))


def _paise(price: float) -> int:
    return round(price * 100)
