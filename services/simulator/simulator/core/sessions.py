"""Trading days and session hours by date, as far as a simulated exchange needs them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

IST: Final = ZoneInfo("Asia/Kolkata")
Hours = Literal["equity", "commodity"]

# Exchange circulars; 2025 as in exchange_calendars' XBOM, 2026 as published by NSE in January 2026.
_HOLIDAYS: Final = frozenset(
    date.fromisoformat(f"{year}-{day}")
    for year, days in (
        ("2025", "02-26 03-14 03-31 04-10 04-14 04-18 05-01 08-15 08-27 10-02 10-21 10-22 11-05 12-25"),
        (
            "2026",
            "01-15 01-26 03-03 03-26 03-31 04-03 04-14 05-01 05-28 06-26 09-14 10-02 10-20 11-10 11-24 12-25",
        ),
    )
    for day in days.split()
)
_EVERY_YEAR: Final = frozenset(((1, 26), (4, 14), (5, 1), (8, 15), (10, 2), (12, 25)))
_WEEKEND_SESSIONS: Final = frozenset((date(2025, 2, 1), date(2026, 2, 1)))  # the Budget's full sessions
_LONGER_DERIVATIVES_DAY: Final = date(2026, 8, 3)  # NSE and BSE F&O close at 15:40 from this day on
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Session:
    """A day's continuous trading, counted in whole seconds from the open."""

    opens_at: datetime
    closes_at: datetime
    hours: Hours = "equity"

    @property
    def previous(self) -> "Session":
        return session(previous_trading_day(self.opens_at.date()), self.hours)

    @property
    def seconds(self) -> int:
        return int((self.closes_at - self.opens_at).total_seconds())

    def second(self, at: datetime) -> int:
        """Return the session's second at `at`: -1 before the open, the last one after the close."""
        passed = (at - self.opens_at) // timedelta(seconds=1)
        return max(-1, min(passed, self.seconds - 1))

    def moment(self, second: int) -> datetime:
        return self.opens_at + timedelta(seconds=second)


def is_trading_day(day: date) -> bool:
    if day in _WEEKEND_SESSIONS:
        return True
    if day.weekday() >= _SATURDAY or (day.month, day.day) in _EVERY_YEAR:
        return False
    return day not in _HOLIDAYS


def previous_trading_day(day: date) -> date:
    return on_or_before(day - timedelta(days=1))


def on_or_before(day: date) -> date:
    """Return the day itself if it trades, else the last trading day before: how expiries move."""
    while not is_trading_day(day):
        day -= timedelta(days=1)
    return day


def session(day: date, hours: Hours = "equity") -> Session:
    if hours == "commodity":
        return Session(
            _at(day, time(9)), _at(day, time(23, 30) if _us_saves_daylight(day) else time(23, 55)), hours
        )
    return Session(_at(day, time(9, 15)), _at(day, closing_time(day)))


def closing_time(day: date) -> time:
    """Return when the equity derivatives of a day close, and its expiring contracts end."""
    return time(15, 40) if day >= _LONGER_DERIVATIVES_DAY else time(15, 30)


def _us_saves_daylight(day: date) -> bool:
    """From the second Sunday of March to the first Sunday of November MCX closes with New York at 23:30."""
    noon_in_new_york = datetime.combine(day, time(12), ZoneInfo("America/New_York"))
    return bool(noon_in_new_york.dst())


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, IST)
