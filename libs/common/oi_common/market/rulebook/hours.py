"""The usual trading hours of each segment by date."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from typing import Final

from oi_common.market.rulebook.days import Calendar
from oi_common.market.rulebook.tables import (
    FIRST_DAY,
    Row,
    Timelines,
    maybe,
    one_of,
    text_of,
    time_of,
    timelines,
)

FILE: Final = "sessions.csv"


@dataclass(frozen=True, slots=True)
class Hours:
    """A segment's usual hours, and whose holidays it keeps."""

    calendar: Calendar
    opens: time
    closes: time
    us_daylight_closes: time | None = None

    def closes_on(self, day: date) -> time:
        if self.us_daylight_closes is not None and is_us_daylight(day):
            return self.us_daylight_closes
        return self.closes


def usual_hours(segment: str, day: date) -> Hours:
    """Return a segment's usual hours. Raises NotInRulebook for a segment that is not in the table.

    Days before the rulebook get its first rule: recordings can be older.
    """
    return table().on(segment, max(day, FIRST_DAY))


def is_us_daylight(day: date) -> bool:
    """US daylight time runs from the second Sunday of March to the first Sunday of November."""
    return _sunday_until(date(day.year, 3, 14)) <= day < _sunday_until(date(day.year, 11, 7))


@cache
def table() -> Timelines[Hours]:
    return read(text_of(FILE))


def read(text: str) -> Timelines[Hours]:
    """Read the table of hours; raises BadRulebook."""
    columns = {
        "calendar": one_of("equity", "commodity"),
        "opens": time_of,
        "closes": time_of,
        "us_daylight_closes": maybe(time_of),
    }
    return timelines(FILE, ("segment",), columns, _hours, text)


def _hours(row: Row) -> Hours:
    hours = Hours(row["calendar"], row["opens"], row["closes"], row["us_daylight_closes"])
    if min(hours.closes, hours.us_daylight_closes or hours.closes) <= hours.opens:
        raise row.wrong("closes", f"it must be after {hours.opens}")
    return hours


def _sunday_until(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)
