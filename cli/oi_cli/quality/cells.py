"""A chain's day, one cell for each bucket of its session: what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oi_cli.quality.ledger import Chain, Header, Ledger
from oi_cli.quality.summary import lacks_candle
from oi_common.market.buckets import BUCKET_WIDTH, wall_time
from oi_common.market.sessions import TradingSession, session_on
from oi_common.market.underlyings import segment_of

# A bucket that is still not sealed so long after its end is late. The bucketer waits 9 minutes for a candle, then
# for the next poll.
DUE_AFTER = timedelta(minutes=10)
_TEN_MINUTES = timedelta(minutes=10)


class Kind(StrEnum):
    """What became of a bucket. One that is `underway` is not due yet, and counts neither way."""

    LIVE = "live"
    QUIET = "no change"
    REPAIRED = "repaired"
    UNSEALED = "unsealed"
    MISSING = "missing"
    UNDERWAY = "underway"


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


def judged_until(ledger: Ledger, wall: datetime) -> datetime:
    """Return up to when the day is judged, IST without zone; `wall` is the present moment by the wall clock.

    A live day is judged by the wall clock, so that services which died at noon are seen. A simulated day is judged
    by the newest moment in its own tables: the wall clock knows nothing of it. Whose clock it was shows in the
    database's own stamps.
    """
    traces = ledger.traces
    if traces.skew is None or abs(traces.skew) <= _TEN_MINUTES or traces.newest is None:
        return wall
    if traces.has_later_day:
        return datetime.combine(ledger.day, datetime.max.time())
    return traces.newest


def cells(ledger: Ledger, chain: Chain, until: datetime) -> tuple[Cell, ...]:
    """Return a cell for each bucket of the day's session, as things stood at `until`."""
    headers = {header.time: header for header in ledger.headers if header.chain == chain}
    session = _session(ledger, chain)
    every = poll_width(headers.values())
    last_polled = max((time for time, header in headers.items() if header.polls), default=None)
    found = []
    for time in expected_buckets(session, headers):
        end = _end(session, time)
        header = headers.get(time)
        kind = _kind(header, end, until)
        slots = header.polls_expected if header else _slots(session, time, every)
        missed = 0 if kind is Kind.UNDERWAY else _missed(header, slots, is_last=time == last_polled)
        found.append(
            Cell(
                time=time,
                kind=kind,
                slots=slots,
                missed=missed,
                is_saved=header is not None and ledger.saved_in(header) is not None,
                has_candle=header is not None and not lacks_candle(ledger, header),
                age=_age(header, end),
            )
        )
    return tuple(found)


def expected_buckets(session: TradingSession | None, headers: Collection[datetime]) -> tuple[datetime, ...]:
    """Return the buckets of the session; where we know none, those that are there."""
    known = {wall_time(bucket) for bucket in session.buckets()} if session is not None else set()
    return tuple(sorted(known | set(headers)))


def poll_width(headers: Collection[Header]) -> timedelta | None:
    """Return how far apart the poll slots are, as the fullest bucket tells it."""
    most = max((header.polls_expected for header in headers), default=0)
    return BUCKET_WIDTH / most if most else None


def _session(ledger: Ledger, chain: Chain) -> TradingSession | None:
    return session_on(segment_of(chain.index_name), ledger.day)


def _end(session: TradingSession | None, time: datetime) -> datetime:
    end = time + BUCKET_WIDTH
    return end if session is None else min(end, wall_time(session.closes))


def _slots(session: TradingSession | None, time: datetime, every: timedelta | None) -> int:
    if session is None or every is None:
        return 0
    start = time.replace(tzinfo=session.opens.tzinfo)
    return sum(1 for _ in session.slots(every, start, start + BUCKET_WIDTH))


def _kind(header: Header | None, end: datetime, until: datetime) -> Kind:
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


def _missed(header: Header | None, slots: int, *, is_last: bool) -> int:
    """Return how many poll slots were missed. After the last poll nobody noted them: then polls are counted."""
    if header is None or header.polls == 0:
        return slots
    uncounted = slots - header.polls if is_last and not header.is_sealed else 0
    return min(slots, max(header.slots_missed, uncounted))


def _age(header: Header | None, end: datetime) -> timedelta | None:
    if header is None or header.polls == 0 or header.last_feed is None:
        return None
    return end - header.last_feed
