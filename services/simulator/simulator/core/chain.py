"""Price one expiry of one underlying, second by second, so that every question gets the same answer."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.batches import BatchPlan, Counts, Legs, plan_batches
from simulator.core.carry import LAST_MINUTE, YEAR, end_of, forward_of, previous_forward
from simulator.core.expiries import Expiry
from simulator.core.interest import roundness, scaled_activity
from simulator.core.paths import DayPath, Paise
from simulator.core.premiums import both_sides, last_price
from simulator.core.scenarios import Flow, Scenario
from simulator.core.seeds import generator
from simulator.core.sessions import Session
from simulator.core.smile import at_the_money, smile
from simulator.core.underlyings import Underlying

BLOCK: Final = 60  # seconds priced at a time; every trading interval below divides it
_KEPT_BLOCKS: Final = 2
_INTERVALS: Final = np.array([1, 2, 5, 10, 20, 60])  # seconds between trades, by percent from the money:
_INTERVAL_EDGES: Final = np.array([1.5, 2.5, 3.5, 5.0, 7.0])


@dataclass(frozen=True, slots=True)
class Block:
    """The legs' fair values and last prices over some seconds, with the day's extremes so far."""

    fair: Floats
    last: Paise
    high: Paise
    low: Paise


class ModelChain:
    """One option chain of one day. Leg 2i is the call and 2i + 1 the put of strike i."""

    def __init__(
        self,
        underlying: Underlying,
        expiry: Expiry,
        strikes: Floats,
        path: DayPath,
        session: Session,
        *,
        seed: int,
        scenario: Scenario | None = None,
    ) -> None:
        self.underlying = underlying
        self.expiry = expiry
        self.strikes = strikes
        self.lot_size = underlying.lot_size(expiry.day)
        self._path = path
        self._session = session
        self._seed = seed
        self._scenario = scenario
        self._ends_at = end_of(underlying, expiry.day)
        delivered_on = expiry.future_day if underlying.is_commodity else expiry.day
        self._delivered_at = end_of(underlying, delivered_on)
        self._blocks: dict[int, Block] = {}
        self._extremes: list[tuple[Paise, Paise]] = []

    def years(self, seconds: Counts) -> Floats:
        """Return the time to expiry in years at each second, never less than a minute."""
        passed = self._session.elapsed(seconds) / YEAR.total_seconds()
        left = (self._ends_at - self._session.opens_at) / YEAR - passed
        return np.asarray(np.maximum(left, LAST_MINUTE))

    def forward(self, seconds: Counts) -> Floats:
        """Return the price of the future that the options are priced on."""
        return forward_of(self._path, self._session, self._delivered_at, seconds)

    def volatility(self, seconds: Counts, strikes: Floats) -> Floats:
        """Return each strike's (columns) volatility at each second (rows)."""
        years = self.years(seconds)[:, None]
        at_money = at_the_money(self._path.volatility[seconds][:, None], years)
        distance = np.log(strikes / self.forward(seconds)[:, None])
        return smile(distance, at_money, years, is_index=self.underlying.is_index)

    def fair(self, seconds: Counts, strikes: Floats) -> Floats:
        """Return fair premiums, one row a second; a strike's put stands right of its call."""
        years, forward = self.years(seconds)[:, None], self.forward(seconds)[:, None]
        return both_sides(forward, strikes, years, self.volatility(seconds, strikes))

    def block(self, second: int) -> Block:
        number = second // BLOCK
        if number not in self._blocks:
            self._fill_extremes(number)
            if len(self._blocks) >= _KEPT_BLOCKS:
                self._blocks.pop(next(iter(self._blocks)))
            self._blocks[number] = self._price(number)
        return self._blocks[number]

    def last_prices(self, leg: int, first: int, beyond: int) -> Paise:
        """Return one leg's last price at each second of [first, beyond)."""
        seconds = np.arange(first, beyond)
        traded = self.traded_seconds(seconds, np.array([leg]))[:, 0]
        fair = self.fair(traded, self.strikes[leg // 2 : leg // 2 + 1])[:, leg % 2]
        return last_price(fair)

    def traded_seconds(self, seconds: Counts, legs: Counts) -> Counts:
        """Return when each leg (columns) last traded, as of each second (rows)."""
        return np.asarray(seconds[:, None] - seconds[:, None] % self.intervals[legs][None, :])

    @cached_property
    def previous_closes(self) -> Paise:
        """Return the last prices of the previous session."""
        closed_at = self._session.previous.closes_at
        years = np.array([[(self._ends_at - closed_at) / YEAR]])
        forward = previous_forward(self._path, closed_at, self._delivered_at)
        at_money = at_the_money(np.array([[self._path.previous_volatility]]), years)
        sigma = smile(np.log(self.strikes / forward), at_money, years, is_index=self.underlying.is_index)
        return last_price(both_sides(forward, self.strikes, years, sigma)[0])

    @cached_property
    def intervals(self) -> Counts:
        return np.asarray(_INTERVALS[np.searchsorted(_INTERVAL_EDGES, self.distances)])

    @cached_property
    def distances(self) -> Floats:
        """Return how far each leg's strike is from yesterday's close, in percent."""
        spot = self._path.previous_close / 100.0
        return np.repeat(np.abs(self.strikes / spot - 1.0) * 100.0, 2)

    @cached_property
    def plan(self) -> BatchPlan:
        day = self._session.opens_at.date()
        chances = generator(self._seed, day, "oi", self.underlying.name, self.expiry.day)
        return plan_batches(
            chances,
            self._legs(),
            scaled_activity(self.underlying, self.expiry, day),
            seconds=self._session.seconds,
            ends_today=self.expiry.day == day,
            flow=self._flow(day),
        )

    def _flow(self, day: date) -> Flow | None:
        if self._scenario is None:
            return None
        return self._scenario.flow(self.underlying, day, self._path.previous_close / 100.0, self.strikes)

    @cached_property
    def opening_prices(self) -> Paise:
        return last_price(self.fair(np.array([0]), self.strikes)[0])

    def average_at(self, seconds: Counts, legs: Counts) -> Floats:
        """Return each leg's average traded price in paise by the end of its own second."""
        traded = self.plan.flow_at(self.plan.volume, seconds, legs)
        turnover = self.plan.flow_at(self.turnover, seconds, legs)
        return np.divide(turnover, traded, out=np.zeros(len(legs)), where=traded > 0.0)

    @cached_property
    def turnover(self) -> Floats:
        """Return each leg's cumulative lots x paise at the open, after each batch and at the close."""
        moments = np.concatenate(([0], self.plan.moments, [self._session.seconds - 1]))
        prices = last_price(self.fair(moments, self.strikes)).astype(np.float64)
        traded = np.diff(self.plan.volume, axis=0) * (prices[1:] + prices[:-1]) / 2.0
        return np.concatenate((np.zeros((1, prices.shape[1])), np.cumsum(traded, axis=0)))

    def _price(self, number: int) -> Block:
        seconds = np.arange(number * BLOCK, min((number + 1) * BLOCK, self._session.seconds))
        fair = self.fair(seconds, self.strikes)
        rows = seconds - number * BLOCK
        traded = self.traded_seconds(rows, np.arange(fair.shape[1]))
        last = np.take_along_axis(last_price(fair), traded, axis=0)
        high, low = np.maximum.accumulate(last, axis=0), np.minimum.accumulate(last, axis=0)
        if number:
            before_high, before_low = self._extremes[number - 1]
            high, low = np.maximum(high, before_high), np.minimum(low, before_low)
        if len(self._extremes) == number:
            self._extremes.append((high[-1].copy(), low[-1].copy()))
        return Block(fair, last, high, low)

    def _fill_extremes(self, number: int) -> None:
        while len(self._extremes) < number:
            self._price(len(self._extremes))

    def _legs(self) -> Legs:
        count = self.strikes.size
        is_call = np.tile([True, False], count)
        is_above = np.repeat(self.strikes > self._path.previous_close / 100.0, 2)
        return Legs(
            self.distances,
            np.repeat(roundness(self.underlying, self.strikes, self._session.opens_at.date()), 2),
            is_call,
            is_above != is_call,
        )
