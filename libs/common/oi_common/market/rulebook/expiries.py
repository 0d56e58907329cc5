"""When index contracts end: the rule of each index by date, and the days it comes to.

What the exchange has listed is in the broker's instrument master; these days are for checking it, and for days that no
master is kept of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from oi_common.market.rulebook.tables import (
    Row,
    Timelines,
    maybe,
    one_of,
    text_of,
    timelines,
)
from oi_common.market.sessions import is_regular_day

FILE: Final = "expiries.csv"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_DAY: Final = timedelta(days=1)
_LONGEST_HOLIDAY: Final = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """The weekdays on which an index's contracts end (Monday is 0); None where it has no such contracts.

    `monthly` is the last one of a month, and that of quarters and half-years too.
    """

    segment: str
    weekly: int | None
    monthly: int | None


@dataclass(frozen=True, slots=True)
class ExpiryDay:
    """A day on which contracts end, and the day the rule names, which a holiday moves to the trading day before."""

    day: date
    rule_day: date
    is_monthly: bool


def expiry_rule(index: str, on: date) -> ExpiryRule:
    """Return the rule for contracts that end around a day. Raises NotInRulebook."""
    return table().on(index, on)


def expiry_days(index: str, first: date, last: date) -> Iterator[ExpiryDay]:
    """Yield the expiries from one day to another, both included, soonest first."""
    rule_day = first
    while rule_day <= last + _LONGEST_HOLIDAY:
        is_monthly = _is_monthly(index, rule_day)
        if is_monthly is not None:
            day = _on_or_before(expiry_rule(index, rule_day).segment, rule_day)
            if first <= day <= last:
                yield ExpiryDay(day, rule_day, is_monthly)
        rule_day += _DAY


def month_expiry(index: str, on: date) -> ExpiryDay | None:
    """Return the monthly expiry of the month that a day lies in; None where the index has none."""
    rule_day = _month_rule_day(index, on)
    if rule_day is None:
        return None
    return ExpiryDay(_on_or_before(expiry_rule(index, rule_day).segment, rule_day), rule_day, is_monthly=True)


def _is_monthly(index: str, day: date) -> bool | None:
    """Say whether the day that the rule names is a monthly's or a weekly's; None when it names it for neither."""
    of_month = _month_rule_day(index, day)
    if day == of_month:
        return True
    if expiry_rule(index, day).weekly != day.weekday():
        return None
    # In the week of the monthly there is no other; that week can reach into the next month or from the last one.
    monday = day - day.weekday() * _DAY
    nearby = (of_month, _month_rule_day(index, monday), _month_rule_day(index, monday + 6 * _DAY))
    return None if any(each is not None and monday <= each < monday + 7 * _DAY for each in nearby) else False


def _month_rule_day(index: str, on: date) -> date | None:
    last = (on.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY
    weekday = expiry_rule(index, last).monthly
    return None if weekday is None else last - (last.weekday() - weekday) % 7 * _DAY


def _on_or_before(segment: str, day: date) -> date:
    while not is_regular_day(segment, day):
        day -= _DAY
    return day


@cache
def table() -> Timelines[ExpiryRule]:
    return read(text_of(FILE))


def read(text: str) -> Timelines[ExpiryRule]:
    """Read the table of expiry rules; raises BadRulebook."""
    weekday = maybe(lambda cell: WEEKDAYS.index(one_of(*WEEKDAYS)(cell)))
    columns = {"segment": one_of("NFO", "BFO"), "weekly": weekday, "monthly": weekday}
    return timelines(FILE, ("index",), columns, _rule, text)


def _rule(row: Row) -> ExpiryRule:
    if row["weekly"] is not None and row["monthly"] is None:
        raise row.wrong("monthly", "an index with weekly contracts has monthly ones, too")
    return ExpiryRule(row["segment"], row["weekly"], row["monthly"])
