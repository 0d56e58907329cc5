"""What is told about the past afterwards: backfilled buckets, and days that are over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from bucketer.core.rules import Snapshot, SnapshotRule, advance
from bucketer.core.state import ChainState, Header
from oi_common.events import ChainBackfilled, OiChange
from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min
from oi_common.market.sessions import TradingSession


@dataclass(frozen=True, slots=True)
class Repair:
    """What one backfilled bucket becomes; its header counts no polls, because there were none."""

    header: Header
    changes: tuple[OiChange, ...]
    snapshot: Snapshot | None
    known: int


def repaired(
    before: ChainState,
    poll: ChainBackfilled,
    *,
    session: TradingSession,
    rule: SnapshotRule,
    every: timedelta,
    at: datetime,
) -> Repair:
    """Return what a backfilled bucket becomes, `before` being the chain as it stood when the bucket began."""
    step = advance(before, poll, session=session, rule=rule, every=every, at=at)
    bucket = floor_to_3min(poll.feed_time)
    header = next(header for header in step.headers if header.time == bucket)
    missed = tuple(f"{slot:%H:%M:%S}" for slot in session.slots(every, bucket, bucket + BUCKET_WIDTH))
    return Repair(replace(header, polls=0, missed=missed), step.changes, step.snapshot, step.known)


def nobody_polled(session: TradingSession, every: timedelta, bucket: datetime) -> Header:
    """Return the header of a bucket that is missing whole."""
    missed = tuple(f"{slot:%H:%M:%S}" for slot in session.slots(every, bucket, bucket + BUCKET_WIDTH))
    return Header(bucket, session.is_stub(bucket), len(missed), missed=missed)


def missed_at_the_end(
    chain: ChainState | None, session: TradingSession, every: timedelta
) -> dict[datetime, tuple[str, ...]]:
    """Return the slots between a chain's last poll and the close, by their bucket."""
    if chain is None or chain.day != session.day or chain.last_slot is None:
        return {}
    missed: dict[datetime, tuple[str, ...]] = {}
    for slot in session.slots(every, chain.last_slot + every, session.closes):
        bucket = floor_to_3min(slot)
        missed[bucket] = (*missed.get(bucket, ()), f"{slot:%H:%M:%S}")
    return missed


def runs(missing: Iterable[datetime]) -> list[tuple[datetime, datetime, int]]:
    """Return (first, last, buckets) of each unbroken run of buckets."""
    found: list[tuple[datetime, datetime, int]] = []
    for bucket in sorted(missing):
        if found and bucket - found[-1][1] == BUCKET_WIDTH:
            first, _, buckets = found[-1]
            found[-1] = (first, bucket, buckets + 1)
        else:
            found.append((bucket, bucket, 1))
    return found
