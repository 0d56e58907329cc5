"""The expiries listed on a day, by the exchanges' rules of that date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from oi_common.market.rulebook.expiries import expiry_days
from simulator.core.sessions import on_or_before
from simulator.core.underlyings import Cycle, Underlying

_DAY: Final = timedelta(days=1)
_SILVER_MONTHS: Final = (2, 4, 6, 8, 11)
_MONTHLY_CONTRACTS: Final = 3
_MONTHLIES_OF_SHARES: Final = "NIFTY"  # they end with the monthlies of this index
_MONTHS_AHEAD: Final = timedelta(days=31 * (_MONTHLY_CONTRACTS + 1))


@dataclass(frozen=True, slots=True)
class Expiry:
    """One expiry of an underlying's options, and of the future they are priced on."""

    day: date
    is_monthly: bool
    future_day: date


def listed(underlying: Underlying, day: date, weeklies: int) -> list[Expiry]:
    """Return the nearest `weeklies` expiries and the nearest three monthly ones, soonest first."""
    if underlying.is_commodity:
        return list(islice(_commodity_months(underlying.cycle, day), _MONTHLY_CONTRACTS))
    last = day + max(_MONTHS_AHEAD, timedelta(weeks=weeklies + 1))
    found = list(expiry_days(_MONTHLIES_OF_SHARES if underlying.is_share else underlying.name, day, last))
    monthlies = [each.day for each in found if each.is_monthly][:_MONTHLY_CONTRACTS]
    near = found[:weeklies] if underlying.has_weeklies(day) else []
    return [
        Expiry(each.day, each.is_monthly, _future_day(each.day, monthlies))
        for each in found
        if each in near or each.day in monthlies
    ]


def _future_day(expiry: date, monthlies: list[date]) -> date:
    return next((month for month in monthlies if month >= expiry), monthlies[-1])


def _commodity_months(cycle: Cycle, day: date) -> Iterator[Expiry]:
    first = day.replace(day=1)
    while True:
        expiry = _month_expiry(cycle, first)
        if expiry is not None and expiry.day >= day:
            yield expiry
        first = _next_month(first)


def _month_expiry(cycle: Cycle, first: date) -> Expiry | None:
    if cycle == "crude":
        return _commodity_expiry(_on_or_after_weekend(first.replace(day=19)))
    if first.month not in _SILVER_MONTHS:
        return None
    return _commodity_expiry(on_or_before(_next_month(first) - _DAY))


def _commodity_expiry(future_day: date) -> Expiry:
    """MCX options end two trading days before their future (15 and 19 Oct 2026 for CRUDEOILM)."""
    day_before = on_or_before(future_day - _DAY)
    options_day = on_or_before(day_before - _DAY)
    return Expiry(options_day, is_monthly=True, future_day=future_day)


def _on_or_after_weekend(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
