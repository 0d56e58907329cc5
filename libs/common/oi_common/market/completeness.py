"""What became of each bucket of a chain's day: the same words for `oi verify` and for the notifier."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from oi_common.market.buckets import BUCKET_WIDTH, wall_time
from oi_common.market.sessions import TradingSession

# A bucket that is still not sealed so long after its end is late. The bucketer waits 9 minutes for a candle, then
# for the next poll.
DUE_AFTER: Final = timedelta(minutes=10)


class Kind(StrEnum):
    """What became of a bucket. One that is `underway` is not due yet, and counts neither way."""

    LIVE = "live"
    QUIET = "no change"
    REPAIRED = "repaired"
    UNSEALED = "unsealed"
    MISSING = "missing"
    UNDERWAY = "underway"


class Bucket(Protocol):
    """A row of `chain_buckets`, as far as this looks at it. Times are IST wall time."""

    @property
    def time(self) -> datetime: ...
    @property
    def polls(self) -> int: ...
    @property
    def polls_expected(self) -> int: ...
    @property
    def slots_missed(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def is_sealed(self) -> bool: ...
    @property
    def source(self) -> str | None: ...
    @property
    def last_feed(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket of one chain. `age` is how old its newest data was when it ended."""

    time: datetime
    kind: Kind
    slots: int = 0
    missed: int = 0
    is_saved: bool = False
    has_candle: bool = False
    age: timedelta | None = None

    @property
    def is_seen(self) -> bool:
        """Say whether a poll fell in the bucket."""
        return self.kind in {Kind.LIVE, Kind.QUIET, Kind.UNSEALED}


B = TypeVar("B", bound=Bucket)


def cells(
    session: TradingSession | None,
    headers: Mapping[datetime, B],
    until: datetime,
    *,
    is_saved: Callable[[B], bool],
    has_candle: Callable[[B], bool],
) -> tuple[Cell, ...]:
    """Return a cell for each bucket of the session, as things stood at `until` (IST, without zone)."""
    every = poll_width(headers.values())
    last_polled = max((time for time, header in headers.items() if header.polls), default=None)
    found = []
    for time in expected_buckets(session, headers):
        end = _end(session, time)
        header = headers.get(time)
        kind = kind_of(header, end, until)
        slots = header.polls_expected if header else _slots(session, time, every)
        missed = 0 if kind is Kind.UNDERWAY else _missed(header, slots, is_last=time == last_polled)
        saved, candle = (is_saved(header), has_candle(header)) if header else (False, False)
        found.append(Cell(time, kind, slots, missed, saved, candle, _age(header, end)))
    return tuple(found)


def expected_buckets(session: TradingSession | None, headers: Collection[datetime]) -> tuple[datetime, ...]:
    """Return the buckets of the session; where we know none, those that are there."""
    known = {wall_time(bucket) for bucket in session.buckets()} if session is not None else set()
    return tuple(sorted(known | set(headers)))


def poll_width(headers: Collection[Bucket]) -> timedelta | None:
    """Return how far apart the poll slots are, as the fullest bucket tells it."""
    most = max((header.polls_expected for header in headers), default=0)
    return BUCKET_WIDTH / most if most else None


def kind_of(header: Bucket | None, end: datetime, until: datetime) -> Kind:
    """Say what became of a bucket that ends at `end`; `header` is None where nobody wrote one."""
    is_due = end + DUE_AFTER <= until
    if header is None:
        return Kind.MISSING if is_due else Kind.UNDERWAY
    if header.polls == 0 and header.is_sealed and header.source == "backfill":
        return Kind.REPAIRED
    if header.polls == 0:
        return Kind.MISSING if end <= until else Kind.UNDERWAY
    if not header.is_sealed:
        return Kind.UNSEALED if is_due else Kind.UNDERWAY
    return Kind.LIVE if header.changed else Kind.QUIET


def _end(session: TradingSession | None, time: datetime) -> datetime:
    end = time + BUCKET_WIDTH
    return end if session is None else min(end, wall_time(session.closes))


def _slots(session: TradingSession | None, time: datetime, every: timedelta | None) -> int:
    if session is None or every is None:
        return 0
    start = time.replace(tzinfo=session.opens.tzinfo)
    return sum(1 for _ in session.slots(every, start, start + BUCKET_WIDTH))


def _missed(header: Bucket | None, slots: int, *, is_last: bool) -> int:
    """Return how many poll slots were missed. After the last poll nobody noted them: then polls are counted."""
    if header is None or header.polls == 0:
        return slots
    uncounted = slots - header.polls if is_last and not header.is_sealed else 0
    return min(slots, max(header.slots_missed, uncounted))


def _age(header: Bucket | None, end: datetime) -> timedelta | None:
    if header is None or header.polls == 0 or header.last_feed is None:
        return None
    return end - header.last_feed
