"""A model day that also remembers the days before it, as the broker's history of live contracts does."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from oi_common.market.buckets import IST
from simulator.core.expiries import listed
from simulator.core.market import Candle, Exchange, Instrument
from simulator.core.model_market import ModelMarket
from simulator.core.scenarios import Scenario
from simulator.core.sessions import is_trading_day
from simulator.core.underlyings import BY_NAME, UNDERLYINGS, Underlying

_KEPT: Final = 32  # earlier days of one underlying; each holds a few megabytes
_DAY: Final = timedelta(days=1)


class ModelDays(ModelMarket):
    """A ModelMarket whose candles and OI reach back; of an earlier day they are that day's own ModelMarket's.

    A contract has the same token on every day. It has no rows of a day on which it was not listed; what is
    not listed today is unknown. Prices go on from day to day, open interest does not: each day draws its own. Only
    the day itself is planted with a `scenario`.
    """

    def __init__(
        self,
        day: date,
        seed: int,
        underlyings: tuple[Underlying, ...] = UNDERLYINGS,
        *,
        expiries: int = 4,
        strikes_around: int = 60,
        scenario: Scenario | None = None,
    ) -> None:
        super().__init__(
            day, seed, underlyings, expiries=expiries, strikes_around=strikes_around, scenario=scenario
        )
        self._expiries = expiries
        self._strikes_around = strikes_around
        self._underlyings = {each.name: each for each in underlyings}
        self._rows = {(row.exchange, row.token): row for row in self.instruments()}
        self._earlier = lru_cache(maxsize=_KEPT)(self._market_of)  # safe to ask from several threads

    def candles(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        *,
        until: datetime | None = None,
    ) -> list[Candle] | None:
        today = super().candles(exchange, token, start, end, width, until=until)
        if today is None:
            return None
        earlier = (
            market.candles(exchange, token, start, end, width, until=until) or []
            for market in self._before(exchange, token, start, end)
        )
        return [*(candle for candles in earlier for candle in candles), *today]

    def oi_history(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        *,
        until: datetime | None = None,
    ) -> list[tuple[datetime, int]] | None:
        today = super().oi_history(exchange, token, start, end, width, until=until)
        if today is None:
            return None
        earlier = (
            market.oi_history(exchange, token, start, end, width, until=until) or []
            for market in self._before(exchange, token, start, end)
        )
        return [*(each for held in earlier for each in held), *today]

    def _before(
        self, exchange: Exchange, token: str, start: datetime, end: datetime
    ) -> Iterator[ModelMarket]:
        """Yield the markets of the earlier days of [start, end] on which an instrument's expiry was listed."""
        row = self._rows[exchange, token]
        underlying = self._underlyings.get(row.name, BY_NAME["NIFTY"])  # what else there is follows NIFTY
        day, beyond = start.astimezone(IST).date(), min(end.astimezone(IST).date() + _DAY, self.day)
        while day < beyond:
            if is_trading_day(day, underlying.hours) and self._was_listed(row, underlying, day):
                yield self._earlier(underlying, day, self._strikes_around if row.option_type else 0)
            day += _DAY

    def _was_listed(self, row: Instrument, underlying: Underlying, day: date) -> bool:
        return row.expiry is None or any(
            row.expiry in {each.day, each.future_day} for each in listed(underlying, day, self._expiries)
        )

    def _market_of(self, underlying: Underlying, day: date, strikes_around: int) -> ModelMarket:
        # One underlying alone trades as it does among the others, and is made much sooner.
        return ModelMarket(
            day, self._seed, (underlying,), expiries=self._expiries, strikes_around=strikes_around
        )
