"""Single things whose whole day is known at once: index and VIX rows, futures, shares."""

from typing import Final

import numpy as np

from simulator.core.batches import BatchPlan, Counts
from simulator.core.book import Columns, spread_around
from simulator.core.paths import Paise
from simulator.core.sessions import Session
from simulator.core.traded import Asked, fed_stamps, trade_stamps

_SPREAD: Final = 0.0001
_CIRCUIT: Final = 10  # percent to either side of the previous close


class Line:
    """One instrument with a price at every second; without a plan it has neither volume nor OI nor book."""

    def __init__(
        self,
        prices: Paise,
        close: int,
        session: Session,
        *,
        seed: int,
        lot_size: int = 1,
        tick: int = 5,
        plan: BatchPlan | None = None,
        shown: Counts | None = None,
    ) -> None:
        """With `shown` each second has the price and volume of that second, as the cash market has in its auction."""
        prices = prices if shown is None else prices[shown]
        self.session = session
        self.plan = plan
        self._seed = seed
        self._shown = shown
        self._prices = prices
        self._close = close
        self._high = np.maximum.accumulate(prices)
        self._low = np.minimum.accumulate(prices)
        self._lot_size = lot_size
        self._tick = tick

    def columns(self, legs: Counts, ids: Counts, asked: Asked) -> Columns:
        second = asked.second
        is_early = second < 0
        last, opened, high, low = (
            np.full(len(legs), self._close if is_early else int(of[at]))
            for of, at in (
                (self._prices, second),
                (self._prices, 0),
                (self._high, second),
                (self._low, second),
            )
        )
        close = np.full(len(legs), self._close)
        bid, ask = self._book(last)
        moments = np.full(len(legs), second)
        return Columns(
            ids=ids, last=last, open=opened, high=high, low=low, close=close, average=(high + low + last) / 3.0,
            volume=self._volume(moments), oi=self._held(moments), bid=bid, ask=ask,
            lot_size=self._lot_size, tick=self._tick,
            lower_circuit=close * (100 - _CIRCUIT) // 100, upper_circuit=close * (100 + _CIRCUIT) // 100,
            low_52_weeks=np.minimum(low, close * 84 // 100), high_52_weeks=np.maximum(high, close * 108 // 100),
            fed_at=fed_stamps(ids, asked, self.plan.last_moment(second) if self.plan else 0, self._seed),
            traded_at=trade_stamps(moments, asked),
        )  # fmt: skip

    def prices(self, leg: int, first: int, beyond: int) -> Paise:  # noqa: ARG002 - a line has one leg
        return np.asarray(self._prices[first:beyond])

    def volumes(self, leg: int, seconds: Counts) -> Counts:  # noqa: ARG002 - a line has one leg
        return self._volume(seconds)

    def open_interest(self, leg: int, seconds: Counts) -> Counts:  # noqa: ARG002 - a line has one leg
        return self._held(seconds)

    def _book(self, last: Paise) -> tuple[Paise, Paise]:
        if self.plan is None:
            return last, last
        return spread_around(last / 100.0, np.full(len(last), _SPREAD), self._tick)

    def _volume(self, seconds: Counts) -> Counts:
        if self.plan is None:
            return np.zeros(len(seconds), dtype=np.int64)
        if self._shown is not None:
            seconds = np.where(seconds < 0, seconds, self._shown[seconds])
        return self.plan.volume_at(seconds, np.zeros(len(seconds), dtype=np.int64)) * self._lot_size

    def _held(self, seconds: Counts) -> Counts:
        if self.plan is None:
            return np.zeros(len(seconds), dtype=np.int64)
        return np.asarray(self.plan.oi_at_many(seconds)[:, 0] * self._lot_size)
