"""What any simulated exchange can be asked, whether a model or a recording answers.

All moments are aware datetimes in IST; prices are rupees; OI and volume are units, never lots.
Every answer is a pure function of the market's seed (or recording) and the moment asked about: asking
twice, in any order, gives the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

Exchange = Literal["NSE", "NFO", "BSE", "BFO", "MCX"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the instrument master. `strike` is in rupees, None where the row has none."""

    exchange: Exchange
    token: str
    symbol: str
    name: str
    kind: str  # the master's instrumenttype: AMXIDX, OPTIDX, FUTIDX, ... or "" for cash
    lot_size: int
    tick_size: float
    expiry: date | None = None
    strike: float | None = None
    option_type: Literal["CE", "PE"] | None = None


class Level(NamedTuple):  # a tuple is made three times faster, and each quote has ten
    """One step of the order book."""

    price: float
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class Quote:
    """All that the exchange says about one instrument at one moment; `close` is the previous close."""

    ltp: float
    open: float
    high: float
    low: float
    close: float
    last_quantity: int
    average_price: float
    volume: int
    oi: int
    total_buy: int
    total_sell: int
    lower_circuit: float
    upper_circuit: float
    low_52_weeks: float
    high_52_weeks: float
    buy: tuple[Level, ...]  # five, best first; empty for an index
    sell: tuple[Level, ...]
    fed_at: datetime
    traded_at: datetime


@dataclass(frozen=True, slots=True)
class Candle:
    """One finished or forming candle; `start` is its opening moment."""

    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True, slots=True)
class GreekRow:
    """Greeks of one contract as the broker gives them: IV in percent, theta per day, vega per IV point."""

    strike: float
    option_type: Literal["CE", "PE"]
    iv: float
    delta: float
    gamma: float
    theta: float
    vega: float
    volume: int


class Market(Protocol):
    """One trading day of an exchange."""

    @property
    def day(self) -> date: ...

    def instruments(self) -> Sequence[Instrument]: ...

    def quote(self, exchange: Exchange, token: str, at: datetime) -> Quote | None:
        """Return the last known state at `at` (before the open: yesterday's), None for an unknown token."""

    def quotes(self, wanted: Sequence[tuple[Exchange, str]], at: datetime) -> list[Quote | None]:
        """Return many quotes at once, in the order asked; cheaper than one by one."""

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
        """Return the candles starting in [start, end], session-anchored; None for an unknown token.

        With `until` nothing later than that moment is used: the candle then forming is the last one.
        """

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
        """Return (bucket start, OI at its end) for buckets starting in [start, end]; None if unknown.

        With `until` nothing later than that moment is used.
        """

    def greeks(self, name: str, expiry: date, at: datetime) -> list[GreekRow]:
        """Return the chain's Greeks at `at`, empty when there are none (MCX, BFO, no such expiry)."""
