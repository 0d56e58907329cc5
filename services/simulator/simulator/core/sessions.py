"""The rulebook's sessions as the simulated exchange counts them: in whole seconds of trading from the open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from oi_common.market.sessions import is_regular_day, session_on
from oi_common.market.sessions import previous_trading_day as previous_day_of

_EQUITY: Final = "NFO"
_COMMODITY: Final = "MCX"
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
Hours = Literal["equity", "commodity"]
Seconds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Session:
    """A day's continuous trading, counted in whole seconds from the open.

    The seconds of a pause are not counted, so nothing can happen in one.
    """

    opens_at: datetime
    closes_at: datetime
    hours: Hours = "equity"
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def previous(self) -> "Session":
        return session(previous_trading_day(self.opens_at.date(), self.hours), self.hours)

    @property
    def seconds(self) -> int:
        return (self.closes_at - self.opens_at - self._rest_by(self.closes_at)) // _SECOND

    def second(self, at: datetime) -> int:
        """Return the session's second at `at`: -1 before the open; in a pause and after the close the last one."""
        began = self.paused_since(at)
        if began is not None:
            at = began - _SECOND
        passed = (at - self.opens_at - self._rest_by(at)) // _SECOND
        return max(-1, min(passed, self.seconds - 1))

    def first_from(self, at: datetime) -> int:
        """Return the first second of trading at or after a whole second; `seconds` when none is left."""
        return self.second(at - _SECOND) + 1

    def moment(self, second: int) -> datetime:
        at = self.opens_at + timedelta(seconds=second)
        for begins, ends in self.pauses:
            if at >= begins:
                at += ends - begins
        return at

    def elapsed(self, seconds: Seconds) -> Seconds:
        """Return the seconds that have passed on the clock since the open, pauses included."""
        passed = seconds
        for begins, ends in self.pauses:
            passed = passed + np.where(seconds >= self.first_from(begins), (ends - begins) // _SECOND, 0)
        return passed

    def paused_since(self, at: datetime) -> datetime | None:
        """Return when the pause began that holds `at`, None while the market trades or is closed."""
        return next((begins for begins, ends in self.pauses if begins <= at < ends), None)

    def _rest_by(self, at: datetime) -> timedelta:
        return sum((ends - begins for begins, ends in self.pauses if ends <= at), timedelta())


def is_trading_day(day: date, hours: Hours = "equity") -> bool:
    """Say whether derivatives trade on a day at all, also for an hour or with pauses."""
    return session_on(_segment(hours), day) is not None


def previous_trading_day(day: date, hours: Hours = "equity") -> date:
    return previous_day_of(_segment(hours), day)


def on_or_before(day: date) -> date:
    """Return the day itself if it trades as usual, else the last such day before: how expiries move."""
    while not is_regular_day(_EQUITY, day):
        day -= _DAY
    return day


def session(day: date, hours: Hours = "equity") -> Session:
    """Return the day's hours as the rulebook has them; a regular day's for a day that does not trade."""
    known = session_on(_segment(hours), day)
    if known is None:
        usual = session(on_or_before(day), hours)
        known_opens, known_closes = usual.opens_at.timetz(), usual.closes_at.timetz()
        return Session(datetime.combine(day, known_opens), datetime.combine(day, known_closes), hours)
    return Session(known.opens, known.closes, hours, known.pauses)


def closing_time(day: date) -> time:
    """Return when the equity derivatives of a day close, and its expiring contracts end."""
    return session(day).closes_at.time()


def _segment(hours: Hours) -> str:
    return _EQUITY if hours == "equity" else _COMMODITY
