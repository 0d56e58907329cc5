"""The rulebook's sessions as the simulated exchange counts them: in whole seconds from the open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from oi_common.market.sessions import is_regular_day, session_on

_EQUITY: Final = "NFO"
Hours = Literal["equity", "commodity"]


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
    return is_regular_day(_EQUITY, day)


def previous_trading_day(day: date) -> date:
    return on_or_before(day - timedelta(days=1))


def on_or_before(day: date) -> date:
    """Return the day itself if it trades, else the last trading day before: how expiries move."""
    while not is_trading_day(day):
        day -= timedelta(days=1)
    return day


def session(day: date, hours: Hours = "equity") -> Session:
    """Return the day's hours as the rulebook has them; a regular day's for a day that does not trade."""
    known = session_on(_EQUITY if hours == "equity" else "MCX", day)
    if known is None or (hours == "equity" and not is_trading_day(day)):
        usual = session(on_or_before(day), hours)
        known_opens, known_closes = usual.opens_at.timetz(), usual.closes_at.timetz()
        return Session(datetime.combine(day, known_opens), datetime.combine(day, known_closes), hours)
    return Session(known.opens, known.closes, hours)


def closing_time(day: date) -> time:
    """Return when the equity derivatives of a day close, and its expiring contracts end."""
    return session(day).closes_at.time()
