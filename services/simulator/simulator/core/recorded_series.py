"""Gather what was recorded of one thing into candles and OI histories, by the exchange's stamps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from simulator.core.batches import Counts
from simulator.core.market import Candle
from simulator.core.recorded_chain import ContractRows, Moments, wall_moment
from simulator.core.recorded_spot import SpotSeries
from simulator.core.sessions import Session


@dataclass(frozen=True, slots=True)
class Series:
    """Prices (0 or NaN where none is known), cumulative volume and OI of one thing, as collected."""

    collected_at: Moments
    stamped_at: Moments
    price: Floats
    volume: Counts
    oi: Counts

    def candles(
        self, session: Session, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
    ) -> list[Candle]:
        """Return candles of the buckets in which a price was seen; volume is what came since the one before.

        The recording's first also holds what was traded before it began.
        """
        found, before = [], 0
        for opened_at, rows in self._buckets(session, width, until=until):
            prices = self.price[rows][self.price[rows] > 0.0]
            newest = max(before, int(self.volume[rows].max()))  # a late reply may show an older volume
            if len(prices) and start <= opened_at <= end:
                first, last = float(prices[0]), float(prices[-1])
                high, low = float(prices.max()), float(prices.min())
                found.append(Candle(opened_at, first, high, low, last, newest - before))
            before = newest
        return found

    def oi_history(
        self, session: Session, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
    ) -> list[tuple[datetime, int]]:
        buckets = self._buckets(session, width, until=until)
        return [
            (opened_at, int(self.oi[rows[-1]])) for opened_at, rows in buckets if start <= opened_at <= end
        ]

    def _buckets(
        self, session: Session, width: timedelta, *, until: datetime | None
    ) -> Iterator[tuple[datetime, npt.NDArray[np.intp]]]:
        """Yield each bucket that holds snapshots collected by `until`, with their rows."""
        opened, closed = wall_moment(session.opens_at), wall_moment(session.closes_at)
        # the closing stamp itself (15:30:00) belongs to the last bucket
        usable = (self.stamped_at >= opened) & (self.stamped_at <= closed)
        if until is not None:
            usable &= self.collected_at <= wall_moment(until)
        rows = np.flatnonzero(usable)
        inside = np.minimum(self.stamped_at[rows], closed - np.timedelta64(1, "s")) - opened
        numbers = inside // np.timedelta64(width)
        for number in np.unique(numbers).tolist():
            yield session.opens_at + number * width, rows[numbers == number]


def contract_series(rows: ContractRows, contract: int) -> Series:
    its = slice(rows.begins[contract], rows.ends[contract])
    chain = rows.chain
    return Series(
        chain.collected_at[its], chain.stamped_at[its], chain.ltp[its], rows.volume[its], rows.oi[its]
    )


def spot_candle_series(spot: SpotSeries) -> Series:
    nothing = np.zeros(len(spot.price), dtype=np.int64)
    return Series(spot.collected_at, spot.stamped_at, spot.price, nothing, nothing)
