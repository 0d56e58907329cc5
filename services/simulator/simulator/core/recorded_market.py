"""Serve a recorded trading day as an exchange would have served it, no more and no less."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property

from simulator.core import listing
from simulator.core.expiries import Expiry
from simulator.core.market import Candle, Exchange, GreekRow, Instrument, Quote
from simulator.core.recorded_chain import ContractRows, RecordedChain, by_contract, moment_of, wall_moment
from simulator.core.recorded_greeks import greek_rows
from simulator.core.recorded_quotes import contract_quote, spot_quote
from simulator.core.recorded_series import Series, contract_series, spot_candle_series
from simulator.core.recorded_spot import SpotSeries, spot_series
from simulator.core.sessions import session
from simulator.core.underlyings import BY_NAME


class RecordedMarket:
    """One day of a recording: at each moment the newest snapshot collected by then.

    What the recording does not tell is 0, as with the broker; before the first snapshot there is no quote.
    Open, high and low are those of the snapshots' prices. Candles and OI histories go by the exchange's
    stamps, so a recording made on a closed day, served as it was, has none.
    """

    def __init__(self, chain: RecordedChain, lot_size: int, day: date | None = None) -> None:
        if not len(chain):
            raise ValueError(f"the recording of {chain.name} has no rows")
        if chain.name not in BY_NAME:
            raise ValueError(f"the recording's name must be one of {', '.join(BY_NAME)}, was {chain.name!r}")
        self.recorded_days = chain.days
        self._day = day if day is not None else self.recorded_days[0]
        if self._day not in self.recorded_days:
            raise ValueError(f"day must be one that was recorded, was {self._day}")
        self._underlying = BY_NAME[chain.name]
        self._lot_size = lot_size
        self._chain = chain.of_day(self._day)
        self._session = session(self._day, self._underlying.hours)

    @property
    def day(self) -> date:
        return self._day

    @property
    def first_collected_at(self) -> datetime:
        return moment_of(self._chain.collected_at.min())

    @property
    def last_collected_at(self) -> datetime:
        return moment_of(self._chain.collected_at.max())

    def instruments(self) -> Sequence[Instrument]:
        return [listing.spot_row(self._underlying), *self._contracts]

    def quote(self, exchange: Exchange, token: str, at: datetime) -> Quote | None:
        moment = wall_moment(at)
        if (exchange, token) == self._spot_key:
            return spot_quote(self._spot, moment)
        contract = self._places.get((exchange, token))
        row = None if contract is None else self._rows.newest(contract, moment)
        return (
            None
            if contract is None or row is None
            else contract_quote(self._rows, contract, row, self._lot_size)
        )

    def quotes(self, wanted: Sequence[tuple[Exchange, str]], at: datetime) -> list[Quote | None]:
        return [self.quote(exchange, token, at) for exchange, token in wanted]

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
        series = self._series(exchange, token)
        return None if series is None else series.candles(self._session, start, end, width, until=until)

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
        series = self._series(exchange, token)
        return None if series is None else series.oi_history(self._session, start, end, width, until=until)

    def greeks(self, name: str, expiry: date, at: datetime) -> list[GreekRow]:
        """Return Greeks from the recorded IVs; a recording without them, or not of NFO, has none."""
        if name != self._underlying.name or self._underlying.derivatives != "NFO":
            return []
        return greek_rows(self._rows, expiry, wall_moment(at))

    def _series(self, exchange: Exchange, token: str) -> Series | None:
        if (exchange, token) == self._spot_key:
            return spot_candle_series(self._spot)
        contract = self._places.get((exchange, token))
        return None if contract is None else contract_series(self._rows, contract)

    @property
    def _spot_key(self) -> tuple[Exchange, str]:
        return self._underlying.exchange, self._underlying.token

    @cached_property
    def _rows(self) -> ContractRows:
        return by_contract(self._chain, self._lot_size)

    @cached_property
    def _spot(self) -> SpotSeries:
        return spot_series(self._chain)

    @cached_property
    def _contracts(self) -> list[Instrument]:
        rows = (
            listing.option_row(self._underlying, _expiry(day), strike, side)
            for day, strike, side in self._rows.keys
        )
        return [replace(row, lot_size=self._lot_size) for row in rows]

    @cached_property
    def _places(self) -> dict[tuple[Exchange, str], int]:
        return {(row.exchange, row.token): number for number, row in enumerate(self._contracts)}


def _expiry(day: date) -> Expiry:
    """The last expiry of its weekday in a month is the monthly one: BFO symbols differ."""
    return Expiry(day, is_monthly=(day + timedelta(days=7)).month != day.month, future_day=day)
