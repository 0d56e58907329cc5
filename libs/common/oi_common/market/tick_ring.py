"""The last ticks of one contract in a ring of fixed size.

A tick takes 32 bytes, so a ring of 2,048 takes 65,536 bytes, most of which the system gives only when it is written.
"""

from bisect import bisect_left
from math import inf, nextafter
from typing import Final

import numpy as np

from oi_common.market.option_chain import Floats

BYTES_PER_TICK: Final = 32


class TickRing:
    """Ticks of one contract in the order of their times, in seconds; NaN is what a tick does not say."""

    def __init__(self, capacity: int) -> None:
        self._kept = np.zeros((4, capacity))
        self._capacity = capacity
        self._first = 0
        self._count = 0
        self.covers_from = inf  # no tick from here on has been given up

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        return self._kept.nbytes

    @property
    def last_at(self) -> float:
        return self._at(self._count - 1) if self._count else -inf

    def add(self, at: float, price: float, volume: float, oi: float) -> None:
        """Keep a tick that is not older than the last; a full ring gives up its oldest."""
        if self._count == self._capacity:
            self._give_up_first()
        self._kept[:, (self._first + self._count) % self._capacity] = (at, price, volume, oi)
        self._count += 1
        if self.covers_from == inf:
            self.covers_from = at

    def forget(self, before: float) -> None:
        """Give up the ticks before a moment but for the last of them, which says how things stood then."""
        while self._count > 1 and self._at(1) < before:
            self._give_up_first()

    def ticks(self, start: float, end: float) -> Floats:
        """Return times, prices, volumes and OI, a row each, of the ticks in [start, end)."""
        low, high = (bisect_left(range(self._count), moment, key=self._at) for moment in (start, end))
        columns = (self._first + np.arange(low, max(low, high))) % self._capacity
        return self._kept[:, columns]

    def _at(self, place: int) -> float:
        return float(self._kept[0, (self._first + place) % self._capacity])

    def _give_up_first(self) -> None:
        self.covers_from = nextafter(self._at(0), inf)
        self._first = (self._first + 1) % self._capacity
        self._count -= 1
