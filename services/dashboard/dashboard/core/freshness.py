"""Whether what the page shows is the present, and if not, why not, in one sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from dashboard.core.words import age, clock

Level = Literal["live", "late", "stale", "closed", "past", "down"]

_LATE: Final = timedelta(seconds=60)  # three polls
_STALE: Final = timedelta(seconds=180)  # a bucket
_OUR_DELAY: Final = timedelta(seconds=3)  # real time from a poll to the page; simulated time runs faster


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of the present; `polled_at` is the chain's last poll. Moments are aware."""

    now: datetime
    polled_at: datetime | None
    is_open: bool
    is_live: bool
    bucket_at: datetime | None = None
    speed: float = 1.0
    database: str | None = None  # what is wrong with it
    redis: str | None = None

    @property
    def age(self) -> timedelta | None:
        return None if self.polled_at is None else max(self.now - self.polled_at, timedelta(0))


@dataclass(frozen=True, slots=True)
class Freshness:
    level: Level
    said: str


def freshness(sight: Sight) -> Freshness:
    """Judge by what is worst: a database that is away, a past that was chosen, a market that is closed, old data."""
    if sight.database is not None:
        return Freshness("down", f"database away, showing what was read before: {sight.database}")
    if not sight.is_live:
        at = f"{sight.bucket_at:%d %b %Y %H:%M}" if sight.bucket_at else "a past day"
        return Freshness("past", f"as of {at}, not live")
    if sight.redis is not None:
        return Freshness("late", f"streams away, re-reading the database: {sight.redis}")
    if sight.age is None:
        return Freshness("closed", "no data yet")
    if not sight.is_open:
        return Freshness("closed", f"market closed, last data {_when(sight)}")
    return _by_age(sight, sight.age)


def _by_age(sight: Sight, length: timedelta) -> Freshness:
    if length > _STALE + _OUR_DELAY * sight.speed:
        return Freshness("stale", f"STALE: {age(length)} old")
    if length > _LATE + _OUR_DELAY * sight.speed:
        return Freshness("late", f"late: {age(length)} old")
    return Freshness("live", f"live, {age(length)} old")


def _when(sight: Sight) -> str:
    if sight.polled_at is None:
        return "unknown"
    same_day = sight.polled_at.date() == sight.now.date()
    return clock(sight.polled_at) if same_day else f"{sight.polled_at:%a %d %b %H:%M}"
