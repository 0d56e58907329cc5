"""The expiries listed on a day, by the exchanges' rules of that date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from simulator.core.sessions import on_or_before, previous_trading_day
from simulator.core.underlyings import Cycle, Underlying

MONDAY, TUESDAY, THURSDAY = 0, 1, 3
_NIFTY_MOVED: Final = date(2025, 9, 1)  # NIFTY and all monthlies: Thursday to 28 Aug 2025, then Tuesday
_SENSEX_MOVED: Final = date(2025, 9, 1)  # SENSEX: Tuesday to 26 Aug 2025, Thursday from 4 Sep
_SILVER_MONTHS: Final = (2, 4, 6, 8, 11)
_MONTHLY_CONTRACTS: Final = 3


@dataclass(frozen=True, slots=True)
class Expiry:
    """One expiry of an underlying's options, and of the future they are priced on."""

    day: date
    is_monthly: bool
    future_day: date


def listed(underlying: Underlying, day: date, weeklies: int) -> list[Expiry]:
    """Return the nearest `weeklies` expiries and the nearest three monthly ones, soonest first."""
    monthlies = list(islice(_monthlies(underlying.cycle, day), _MONTHLY_CONTRACTS))
    if underlying.cycle not in ("nifty", "sensex"):
        return monthlies
    by_day = {each.day: each for each in islice(_weeklies(underlying.cycle, day, monthlies), weeklies)}
    by_day.update({each.day: each for each in monthlies})
    return [by_day[each] for each in sorted(by_day)]


def _weeklies(cycle: Cycle, day: date, monthlies: list[Expiry]) -> Iterator[Expiry]:
    nominal = day - timedelta(days=day.weekday() + 7)
    while True:
        nominal += timedelta(days=7)
        expiry = on_or_before(nominal + timedelta(days=_weekday(cycle, nominal)))
        if expiry >= day:
            future = next((month.day for month in monthlies if month.day >= expiry), monthlies[-1].day)
            yield Expiry(expiry, is_monthly=False, future_day=future)


def _monthlies(cycle: Cycle, day: date) -> Iterator[Expiry]:
    first = day.replace(day=1)
    while True:
        expiry = _month_expiry(cycle, first)
        if expiry is not None and expiry.day >= day:
            yield expiry
        first = _next_month(first)


def _month_expiry(cycle: Cycle, first: date) -> Expiry | None:
    last = _next_month(first) - timedelta(days=1)
    if cycle == "crude":
        return _commodity_expiry(_on_or_after_weekend(first.replace(day=19)))
    if cycle == "silver":
        return _commodity_expiry(on_or_before(last)) if first.month in _SILVER_MONTHS else None
    back = (last.weekday() - _weekday(cycle, last)) % 7
    expiry = on_or_before(last - timedelta(days=back))
    return Expiry(expiry, is_monthly=True, future_day=expiry)


def _commodity_expiry(future_day: date) -> Expiry:
    """MCX options end two trading days before their future (15 and 19 Oct 2026 for CRUDEOILM)."""
    options_day = previous_trading_day(previous_trading_day(future_day))
    return Expiry(options_day, is_monthly=True, future_day=future_day)


def _weekday(cycle: Cycle, around: date) -> int:
    if cycle == "sensex":
        return THURSDAY if around >= _SENSEX_MOVED else TUESDAY
    return TUESDAY if around >= _NIFTY_MOVED else THURSDAY


def _on_or_after_weekend(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
