"""When a segment trades: the session of a day, its buckets and its poll slots.

The tables beside `rulebook` carry each rule's effective date and source.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files

from oi_common.market.buckets import BUCKET_WIDTH, IST, floor_to_3min

DayRow = dict[str, str]

# Republic Day, Ambedkar Jayanti, Maharashtra Day, Independence Day, Gandhi Jayanti, Christmas.
_FIXED_HOLIDAYS = frozenset({(1, 26), (4, 14), (5, 1), (8, 15), (10, 2), (12, 25)})


@dataclass(frozen=True, slots=True)
class TradingSession:
    """One day's trading of one segment, open at `opens`, over at `closes` (which is outside)."""

    opens: datetime
    closes: datetime

    def holds(self, at: datetime) -> bool:
        return self.opens <= at < self.closes

    def buckets(self) -> Iterator[datetime]:
        """Yield the start of each bucket of the session; the last may be a stub."""
        start = floor_to_3min(self.opens)
        while start < self.closes:
            yield start
            start += BUCKET_WIDTH

    def is_stub(self, bucket: datetime) -> bool:
        """Say whether the bucket is cut short by the close."""
        return bucket + BUCKET_WIDTH > self.closes

    def slots(self, every: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the poll slots in [start, end) that lie inside the session; slots count from midnight."""
        slot = slot_of(max(start, self.opens), every)
        if slot < max(start, self.opens):
            slot += every
        while slot < min(end, self.closes):
            yield slot
            slot += every


def slot_of(at: datetime, every: timedelta) -> datetime:
    """Return the last poll slot at or before `at`; slots are counted from midnight IST."""
    local = at.astimezone(IST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // every * every


def session_on(segment: str, day: date) -> TradingSession | None:
    """Return the session of a segment on a day, None when it is closed.

    Raises KeyError for a segment that is not in the rulebook.
    """
    special = _special_days().get(day, ())
    hours = _hours(segment, day)
    evening = [row for row in special if row["kind"] == "muhurat" and row["opens"]]
    if evening and segment != "MCX":
        return _session(
            day, time.fromisoformat(evening[0]["opens"]), time.fromisoformat(evening[0]["closes"])
        )
    if any(row["kind"] == "special_session" for row in special):
        return _session(day, *hours)
    closed = (any(row["kind"] == "holiday" for row in special) or _is_fixed_holiday(day)) and segment != "MCX"
    if closed or day.weekday() >= 5 or (segment == "MCX" and _mcx_is_shut(day)):
        return None
    return _session(day, *hours)


def is_regular_day(segment: str, day: date) -> bool:
    """Say whether the day has its regular session; contracts expire on such days only, never at Muhurat."""
    is_evening = any(row["kind"] == "muhurat" for row in _special_days().get(day, ()))
    return session_on(segment, day) is not None and not is_evening


def session_at(segment: str, at: datetime) -> TradingSession | None:
    """Return the session that holds `at`, None when the segment is closed then."""
    session = session_on(segment, at.astimezone(IST).date())
    return session if session is not None and session.holds(at) else None


def next_session(segment: str, at: datetime) -> TradingSession:
    """Return the session that is open at `at`, or the first one that opens later."""
    day = at.astimezone(IST).date()
    while True:
        session = session_on(segment, day)
        if session is not None and at < session.closes:
            return session
        day += timedelta(days=1)


def previous_trading_day(segment: str, day: date) -> date:
    """Return the last day before `day` on which the segment traded."""
    day -= timedelta(days=1)
    while session_on(segment, day) is None:
        day -= timedelta(days=1)
    return day


def last_known_day() -> date:
    """Return the end of the last year whose holidays are in the rulebook."""
    return date(max(_special_days()).year, 12, 31)


def _session(day: date, opens: time, closes: time) -> TradingSession:
    return TradingSession(datetime.combine(day, opens, IST), datetime.combine(day, closes, IST))


def _hours(segment: str, day: date) -> tuple[time, time]:
    row = max(
        (row for row in _segment_hours()[segment] if date.fromisoformat(row["effective_from"]) <= day),
        key=lambda row: row["effective_from"],
        default=_segment_hours()[segment][0],
    )
    closes = row["us_daylight_closes"] if row["us_daylight_closes"] and _us_daylight(day) else row["closes"]
    return time.fromisoformat(row["opens"]), time.fromisoformat(closes)


def _us_daylight(day: date) -> bool:
    """US daylight time runs from the second Sunday of March to the first Sunday of November."""
    begins = date(day.year, 3, 14) - timedelta(days=(date(day.year, 3, 14).weekday() + 1) % 7)
    ends = date(day.year, 11, 7) - timedelta(days=(date(day.year, 11, 7).weekday() + 1) % 7)
    return begins <= day < ends


def _mcx_is_shut(day: date) -> bool:
    """On other exchange holidays MCX opens in the evening; on these it stays shut (2026 list)."""
    names = {"Republic Day", "Good Friday", "Mahatma Gandhi Jayanti", "Christmas"}
    return any(row["name"] in names for row in _special_days().get(day, ()))


def _is_fixed_holiday(day: date) -> bool:
    """Past the years whose lists we know, only the holidays of fixed date are certain."""
    return day > last_known_day() and (day.month, day.day) in _FIXED_HOLIDAYS


@cache
def _segment_hours() -> dict[str, list[DayRow]]:
    hours: dict[str, list[DayRow]] = {}
    for row in _rows("sessions.csv"):
        hours.setdefault(row["segment"], []).append(row)
    return hours


@cache
def _special_days() -> dict[date, list[DayRow]]:
    days: dict[date, list[DayRow]] = {}
    for row in _rows("days.csv"):
        days.setdefault(date.fromisoformat(row["date"]), []).append(row)
    return days


def _rows(name: str) -> list[DayRow]:
    text = files("oi_common.market.rulebook").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
