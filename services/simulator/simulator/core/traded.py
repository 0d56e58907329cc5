"""What every traded thing of the model market can tell, and what options of a chain tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.batches import Counts
from simulator.core.book import Columns, option_spread, spread_around
from simulator.core.chain import BLOCK, ModelChain
from simulator.core.paths import Paise
from simulator.core.premiums import OPTION_TICK
from simulator.core.seeds import chance
from simulator.core.sessions import Session


@dataclass(frozen=True, slots=True)
class Asked:
    """A moment as a market sees it: its second (-1 before the open) and the stamps it can give."""

    at: datetime
    session: Session
    previous_close_at: datetime
    second: int

    @property
    def stamp(self) -> datetime | None:
        """Return the one stamp of a market that is closed or rests, None while it trades."""
        if self.second < 0:
            return self.previous_close_at
        if self.at >= self.session.closes_at:
            return self.session.closes_at
        return self.session.paused_since(self.at)


class Traded(Protocol):
    """One or more contracts ("legs") that share a session, a lot and a plan of batches."""

    @property
    def session(self) -> Session: ...

    def columns(self, legs: Counts, ids: Counts, asked: Asked) -> Columns: ...

    def prices(self, leg: int, first: int, beyond: int) -> Paise: ...

    def volumes(self, leg: int, seconds: Counts) -> Counts:
        """Return cumulative units by the end of each second, 0 for second -1."""

    def open_interest(self, leg: int, seconds: Counts) -> Counts: ...


def fed_stamps(ids: Counts, asked: Asked, newest_batch: int, seed: int) -> list[datetime]:
    """Stamp each leg with the second asked about or the one before, but never before what it shows."""
    if asked.stamp is not None:
        return [asked.stamp] * len(ids)
    late = (chance(seed, ids, asked.second, 9) < 0.4) & (asked.second > newest_batch)
    now, before = asked.session.moment(asked.second), asked.session.moment(asked.second - 1)
    return [before if is_late else now for is_late in late.tolist()]


def trade_stamps(seconds: Counts, asked: Asked) -> list[datetime]:
    if asked.second < 0:
        return [asked.previous_close_at] * len(seconds)
    moments = {second: asked.session.moment(second) for second in set(seconds.tolist())}
    return [moments[second] for second in seconds.tolist()]


class ChainLegs:
    """The options of one chain."""

    def __init__(self, chain: ModelChain, session: Session, seed: int) -> None:
        self.chain = chain
        self.session = session
        self._seed = seed

    def columns(self, legs: Counts, ids: Counts, asked: Asked) -> Columns:
        chain, second = self.chain, asked.second
        close = chain.previous_closes[legs]
        last, opened, high, low = self._prices_at(legs, second)
        fair = self._fair_at(legs, second)
        bid, ask = spread_around(fair, option_spread(chain.distances[legs]), OPTION_TICK)
        traded = self._traded(legs, second)
        volume = chain.plan.volume_at(traded, legs)
        ceiling = np.full(len(legs), int(close.max()) * 4 + 200_000)
        return Columns(
            ids=ids, last=last, open=opened, high=high, low=low, close=close,
            average=np.clip(chain.average_at(traded, legs), low, high),
            volume=volume * chain.lot_size, oi=chain.plan.oi_at(second)[legs] * chain.lot_size,
            bid=bid, ask=ask, lot_size=chain.lot_size, tick=OPTION_TICK,
            lower_circuit=np.full(len(legs), OPTION_TICK), upper_circuit=ceiling,
            low_52_weeks=np.zeros(len(legs), dtype=np.int64), high_52_weeks=np.maximum(high, close) * 2,
            fed_at=fed_stamps(ids, asked, chain.plan.last_moment(second), self._seed),
            traded_at=trade_stamps(traded, asked),
        )  # fmt: skip

    def prices(self, leg: int, first: int, beyond: int) -> Paise:
        return self.chain.last_prices(leg, first, beyond)

    def volumes(self, leg: int, seconds: Counts) -> Counts:
        traded = np.where(seconds < 0, -1, seconds - seconds % self.chain.intervals[leg])
        return self.chain.plan.volume_at(traded, np.full(len(seconds), leg)) * self.chain.lot_size

    def open_interest(self, leg: int, seconds: Counts) -> Counts:
        return np.asarray(self.chain.plan.oi_at_many(seconds)[:, leg] * self.chain.lot_size)

    def _prices_at(self, legs: Counts, second: int) -> tuple[Paise, Paise, Paise, Paise]:
        chain = self.chain
        if second < 0:
            close = chain.previous_closes[legs]
            return close, close, close, close
        block, row = chain.block(second), second % BLOCK
        return block.last[row, legs], chain.opening_prices[legs], block.high[row, legs], block.low[row, legs]

    def _fair_at(self, legs: Counts, second: int) -> Floats:
        if second < 0:
            return np.asarray(self.chain.previous_closes[legs] / 100.0)
        return np.asarray(self.chain.block(second).fair[second % BLOCK, legs])

    def _traded(self, legs: Counts, second: int) -> Counts:
        if second < 0:
            return np.full(len(legs), -1)
        return np.asarray(self.chain.traded_seconds(np.array([second]), legs)[0])
