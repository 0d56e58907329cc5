"""When a segment trades: the session of a day, its buckets and its poll slots.

The hours and the days come from the rulebook's tables, where each row has its source.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from oi_common.market.buckets import BUCKET_WIDTH, IST, floor_to_3min
from oi_common.market.rulebook.days import UnusualDay, last_known_day, unusual_day
from oi_common.market.rulebook.hours import Hours, usual_hours

__all__ = [
    "TradingSession",
    "is_regular_day",
    "last_known_day",
    "next_session",
    "previous_trading_day",
    "session_at",
    "session_on",
    "slot_of",
]


@dataclass(frozen=True, slots=True)
class TradingSession:
    """One day's trading of one segment, open at `opens`, over at `closes` (which is outside).

    `pauses` are the stretches between the parts of a special day, each with its end outside.
    """

    opens: datetime
    closes: datetime
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def day(self) -> date:
        return self.opens.date()

    def holds(self, at: datetime) -> bool:
        return self.opens <= at < self.closes and not self._rests(at, at)

    def buckets(self) -> Iterator[datetime]:
        """Yield the start of each bucket of the session; the last may be a stub."""
        start = floor_to_3min(self.opens)
        while start < self.closes:
            if not self._rests(start, start + BUCKET_WIDTH):
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
            if not self._rests(slot, slot):
                yield slot
            slot += every

    def _rests(self, begins: datetime, ends: datetime) -> bool:
        """Say whether a stretch, or a moment, lies in a pause altogether."""
        return any(pause <= begins < resumed and ends <= resumed for pause, resumed in self.pauses)


def slot_of(at: datetime, every: timedelta) -> datetime:
    """Return the last poll slot at or before `at`; slots are counted from midnight IST."""
    local = at.astimezone(IST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // every * every


@lru_cache(maxsize=4096)
def session_on(segment: str, day: date) -> TradingSession | None:
    """Return the session of a segment on a day, None when it is closed.

    Past the last known year every weekday counts as a trading day (`rulebook.days.horizon_warning`).
    Raises NotInRulebook, a KeyError, for a segment that is not in the rulebook.
    """
    hours = usual_hours(segment, day)
    unusual = unusual_day(hours.calendar, day)
    if unusual is None:
        return None if day.weekday() >= 5 else _joined(day, [(hours.opens, hours.closes_on(day))])
    return _joined(day, _parts(unusual, hours, day))


def is_regular_day(segment: str, day: date) -> bool:
    """Say whether the day has its regular session; contracts expire on such days only, never at Muhurat."""
    unusual = unusual_day(usual_hours(segment, day).calendar, day)
    return session_on(segment, day) is not None and (unusual is None or unusual.is_regular)


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


def _parts(unusual: UnusualDay, hours: Hours, day: date) -> list[tuple[time, time]]:
    """Return the hours of an unusual day; what its row leaves out is as usual."""
    if unusual.kind == "holiday" or unusual.has_unknown_hours:
        return []
    usual = hours.opens, hours.closes_on(day)
    parts = ((opens or usual[0], closes or usual[1]) for opens, closes in unusual.parts)
    if unusual.kind in {"morning_only", "evening_only", "special_session"}:
        # A segment that closes early keeps to that.
        parts = ((opens, min(closes, usual[1])) for opens, closes in parts)
    return [(opens, closes) for opens, closes in parts if opens < closes]


def _joined(day: date, parts: list[tuple[time, time]]) -> TradingSession | None:
    """Return the session that is made of these parts, with pauses between them."""
    moments = [
        (datetime.combine(day, begins, IST), datetime.combine(day, ends, IST)) for begins, ends in parts
    ]
    if not moments:
        return None
    pauses = tuple((before[1], after[0]) for before, after in pairwise(moments))
    return TradingSession(moments[0][0], moments[-1][1], pauses)
