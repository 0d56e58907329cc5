"""The simulated exchange for tests: a market that stands still, and a server in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from oi_common.market.buckets import IST
from simulator.adapters.server import Ports, Serving, SimulatedExchange
from simulator.adapters.times import ManualClock
from simulator.core.market import Candle, Exchange, GreekRow, Instrument, Level, Market, Quote
from simulator.handlers import Clock, Rules

__all__ = [
    "CALL",
    "DAY",
    "FUTURE",
    "NIFTY",
    "PUT",
    "SBIN",
    "FixedMarket",
    "ManualClock",
    "Ports",
    "Rules",
    "Serving",
    "SimulatedExchange",
    "fixed_quote",
    "moment",
    "running_exchange",
]

_STARTS_WITHIN = 10.0
DAY: Final = date(2026, 11, 18)
_EXPIRY: Final = date(2026, 11, 24)

NIFTY: Final = Instrument("NSE", "99926000", "Nifty 50", "NIFTY", "AMXIDX", 1, 0.0)
SBIN: Final = Instrument("NSE", "3045", "SBIN-EQ", "SBIN", "", 1, 0.05)
CALL: Final = Instrument(
    "NFO", "43521", "NIFTY24NOV2624500CE", "NIFTY", "OPTIDX", 75, 0.05, _EXPIRY, 24500.0, "CE"
)
PUT: Final = replace(CALL, token="43522", symbol="NIFTY24NOV2624500PE", option_type="PE")  # noqa: S106 an instrument
FUTURE: Final = Instrument("NFO", "35001", "NIFTY24NOV26FUT", "NIFTY", "FUTIDX", 75, 0.1, _EXPIRY)


def moment(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment of the fixed market's day."""
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, second, tzinfo=IST)


def fixed_quote(**changes: Any) -> Quote:
    """Return a quote with a full book, changed where asked."""
    quote = Quote(
        ltp=101.5,
        open=100.0,
        high=104.25,
        low=99.0,
        close=100.0,
        last_quantity=75,
        average_price=101.2,
        volume=88_500,
        oi=1_234_500,
        total_buy=250_000,
        total_sell=300_000,
        lower_circuit=0.05,
        upper_circuit=420.0,
        low_52_weeks=0.0,
        high_52_weeks=512.4,
        buy=tuple(Level(101.45 - step * 0.05, 75 * (step + 1), step + 1) for step in range(5)),
        sell=tuple(Level(101.55 + step * 0.05, 150 * (step + 1), step + 2) for step in range(5)),
        fed_at=moment(10),
        traded_at=moment(9, 59, 58),
    )
    return replace(quote, **changes)


class FixedMarket:
    """Five instruments whose prices never move; only times do. Every candle and OI bucket is the same, too."""

    day = DAY

    def __init__(self) -> None:
        index = {
            "volume": 0,
            "oi": 0,
            "total_buy": 0,
            "total_sell": 0,
            "last_quantity": 0,
            "buy": (),
            "sell": (),
        }
        self.states: dict[Instrument, Quote] = {
            NIFTY: fixed_quote(ltp=24512.35, open=24500.0, high=24550.0, low=24480.0, close=24400.0, **index),
            SBIN: fixed_quote(ltp=960.0, open=950.0, high=961.0, low=949.0, close=955.0, oi=0),
            CALL: fixed_quote(),
            PUT: fixed_quote(ltp=98.0, volume=177_000),
            FUTURE: fixed_quote(ltp=24560.0, close=24450.0, oi=9_000_000),
        }
        self._keys = {(each.exchange, each.token): each for each in self.states}

    def instruments(self) -> Sequence[Instrument]:
        return tuple(self.states)

    def quote(self, exchange: Exchange, token: str, at: datetime) -> Quote | None:
        return self.quotes([(exchange, token)], at)[0]

    def quotes(self, wanted: Sequence[tuple[Exchange, str]], at: datetime) -> list[Quote | None]:
        return [self._quote(self._keys[key], at) if key in self._keys else None for key in wanted]

    def candles(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        until: datetime | None = None,
    ) -> list[Candle] | None:
        known = self._keys.get((exchange, token))
        if known is None:
            return None
        state = self.states[known]
        starts = _starts(start, end, width, until)
        return [Candle(each, state.open, state.high, state.low, state.ltp, state.volume) for each in starts]

    def oi_history(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        until: datetime | None = None,
    ) -> list[tuple[datetime, int]] | None:
        known = self._keys.get((exchange, token))
        return (
            None
            if known is None
            else [(each, self.states[known].oi) for each in _starts(start, end, width, until)]
        )

    def greeks(self, name: str, expiry: date, at: datetime) -> list[GreekRow]:  # noqa: ARG002 it stands still
        if (name, expiry) != (CALL.name, CALL.expiry):
            return []
        volume = fixed_quote().volume
        return [GreekRow(24500.0, "CE", 12.5, 0.51, 0.0012, -8.25, 11.5, volume)]

    def _quote(self, instrument: Instrument, at: datetime) -> Quote:
        state = self.states[instrument]
        yesterday = at < _open()
        return replace(
            state, fed_at=at, traded_at=at, oi=state.oi - state.oi // 10 if yesterday else state.oi
        )


def _open() -> datetime:
    return moment(9, 15)


def _starts(start: datetime, end: datetime, width: timedelta, until: datetime | None) -> list[datetime]:
    starts, each, last = [], _open(), min(end, until or end)
    while each <= last and each < moment(15, 40):
        starts.append(each)
        each += width
    return [each for each in starts if each >= start]


@contextmanager
def running_exchange(
    market: Market,
    clock: Clock,
    *,
    rules: Rules | None = None,
    ports: Ports | None = None,
    serving: Serving | None = None,
) -> Iterator[SimulatedExchange]:
    """Run an exchange in a thread while the body runs; for clients that block."""
    server = SimulatedExchange(market, clock, rules, ports, serving)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated-exchange", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(_STARTS_WITHIN)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(_STARTS_WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_STARTS_WITHIN)
        loop.close()
