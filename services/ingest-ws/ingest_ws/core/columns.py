"""Packets of a whole flush at once: what `packets.decode` and `ticks.refused_because` say one by one, as columns.

Only what is plain is read here: a packet as long as its mode says, about an instrument we know, with a price and a time.
All others keep their place for whoever reads them one by one, and names what is wrong with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest_ws.core.packets import LTP, QUOTE, SNAP_QUOTE
from ingest_ws.core.ticks import EARLIEST_MS, LATEST_MS, Instrument

Rows = NDArray[Any]  # packets of one mode, by the names of their layout

_LEVEL: Final = np.dtype({"names": ["flag", "price"], "formats": ["<i2", "<i8"], "offsets": [0, 10], "itemsize": 20})  # fmt: skip
_HEAD: Final = {"mode": ("u1", 0), "head": ("S26", 1), "at_ms": ("<i8", 35), "ltp": ("<i8", 43)}
_DAY: Final = {"volume": ("<i8", 67), "day": ("S32", 91)}
_OI: Final = {"oi": ("<i8", 131), "book": ((_LEVEL, (10,)), 147)}


def _layout(size: int, fields: Mapping[str, tuple[Any, int]]) -> np.dtype[Any]:
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype({"names": [*fields], "formats": formats, "offsets": offsets, "itemsize": size})


_LAYOUTS: Final = {
    LTP: _layout(51, _HEAD),
    QUOTE: _layout(123, _HEAD | _DAY),
    SNAP_QUOTE: _layout(379, _HEAD | _DAY | _OI),
}
_FAR: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Columns:
    """Good packets of one mode, and where in the flush each was. A price is in paise; -1 is said of nothing.

    `day` are four prices as they lie in the packet: open, high, low and previous close, which hardly ever change.
    """

    places: list[int]
    heads: list[bytes]
    instruments: list[Instrument]
    at_ms: list[int]
    ltp: list[int]
    bid: list[int]
    ask: list[int]
    volume: list[int]
    oi: list[int]
    day: list[bytes]


def columns_of(packets: Sequence[bytes], known: Mapping[bytes, Instrument]) -> list[Columns]:
    """Return what can be read at once, mode by mode; `known` are the instruments by their `head`."""
    sizes = list(map(len, packets))
    found = []
    for mode, layout in _LAYOUTS.items():
        places = [place for place, size in enumerate(sizes) if size == layout.itemsize]
        if not places:
            continue
        rows = np.frombuffer(b"".join([packets[place] for place in places]), layout)
        is_good = _is_good(mode, rows, known)
        if not is_good.all():
            rows, places = rows[is_good], list(compress(places, is_good))
        if places:
            found.append(_columns(rows, places, known))
    return found


def _is_good(mode: int, rows: Rows, known: Mapping[bytes, Instrument]) -> NDArray[np.bool_]:
    at_ms, heads = rows["at_ms"], rows["head"].tolist()
    is_good: NDArray[np.bool_] = np.fromiter(map(known.__contains__, heads), bool, len(heads))
    is_good &= (rows["mode"] == mode) & (rows["ltp"] > 0) & (at_ms >= EARLIEST_MS) & (at_ms < LATEST_MS)
    return is_good


def _columns(rows: Rows, places: list[int], known: Mapping[bytes, Instrument]) -> Columns:
    names, nothing = rows.dtype.names or (), [-1] * len(places)
    heads = rows["head"].tolist()
    instruments = [known[head] for head in heads]
    bid, ask = _best(rows["book"]) if "book" in names else (nothing, nothing)
    return Columns(
        places,
        heads,
        instruments,
        rows["at_ms"].tolist(),
        rows["ltp"].tolist(),
        bid,
        ask,
        _units(rows["volume"], [each.trades for each in instruments]) if "volume" in names else nothing,
        _units(rows["oi"], [each.is_contract for each in instruments]) if "oi" in names else nothing,
        rows["day"].tolist() if "day" in names else [b""] * len(places),
    )


def _units(column: Rows, is_said: list[bool]) -> list[int]:
    units: list[int] = (column if all(is_said) else np.where(is_said, column, -1)).tolist()
    return units


def _best(book: Rows) -> tuple[list[int], list[int]]:
    """Return the best bids and asks, nothing where that side is empty. The flag decides the side, not the position."""
    flags, prices = np.ascontiguousarray(book["flag"].T), np.ascontiguousarray(book["price"].T)
    is_ask = (flags == 0) & (prices > 0)
    bids = np.where(flags == 1, prices, -1).max(axis=0)
    asks = np.where(is_ask, prices, _FAR).min(axis=0)
    return bids.tolist(), np.where(is_ask.any(axis=0), asks, -1).tolist()
