"""Which buckets and which poll slots of the session have been covered, and which were missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from bucketer.core.state import ChainState, Header
from oi_common.events import ChainPolled
from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min
from oi_common.market.sessions import TradingSession, slot_of


@dataclass(frozen=True, slots=True)
class Coverage:
    """The headers a poll touches before it is counted, and the whole buckets it finds missing."""

    current: Header
    headers: tuple[Header, ...]
    gap: tuple[datetime, ...]
    last_slot: datetime
    previous_bucket: datetime | None


def cover(state: ChainState, poll: ChainPolled, session: TradingSession, every: timedelta) -> Coverage:
    """Account for the slots and buckets between the chain's last poll and this one.

    A slot is missed when it lies between two polls; a bucket is missing when no poll's feed time falls in it.
    """
    bucket = floor_to_3min(poll.feed_time)
    slot = slot_of(poll.polled_at, every)
    headers = {header.time: header for header in state.headers}
    for missed in _slots_between(state.last_slot, slot, session, every):
        time = floor_to_3min(missed)
        header = headers.get(time) or _new(time, session, every)
        headers[time] = replace(header, missed=(*header.missed, missed.strftime("%H:%M:%S")))
    previous = _last_seen(state)
    gap = tuple(_buckets_between(previous, bucket, session))
    for time in (*gap, bucket):
        headers.setdefault(time, _new(time, session, every))
    last_slot = slot if state.last_slot is None else max(slot, state.last_slot)
    ordered = tuple(headers[time] for time in sorted(headers))
    return Coverage(headers[bucket], ordered, gap, last_slot, previous)


def touch(headers: Sequence[Header], header: Header) -> tuple[Header, ...]:
    """Return the headers with one of them replaced."""
    return tuple(header if old.time == header.time else old for old in headers)


def _new(time: datetime, session: TradingSession, every: timedelta) -> Header:
    expected = sum(1 for _ in session.slots(every, time, time + BUCKET_WIDTH))
    return Header(time, session.is_stub(time), expected)


def _slots_between(
    last: datetime | None, this: datetime, session: TradingSession, every: timedelta
) -> list[datetime]:
    start = session.opens if last is None else last + every
    return list(session.slots(every, start, this))


def _last_seen(state: ChainState) -> datetime | None:
    """Return the newest bucket that a poll's feed time fell in, None before the day's first poll."""
    seen = [header.time for header in state.headers if header.polls]
    return max(seen) if seen else None


def _buckets_between(last: datetime | None, this: datetime, session: TradingSession) -> list[datetime]:
    start = floor_to_3min(session.opens) if last is None else last + BUCKET_WIDTH
    return [bucket for bucket in session.buckets() if start <= bucket < this]
