"""What is written about the past afterwards: backfilled buckets, and days that are over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bucketer.adapters.polls import (
    candles_at,
    forget_telling,
    header_row,
    write_changes,
    write_gap,
    write_snapshot,
)
from bucketer.core.past import Repair, nobody_polled, runs
from bucketer.core.rules import Gap
from oi_common.database import on_day
from oi_common.events import ChainBackfilled
from oi_common.market.buckets import floor_to_3min, from_wall_time, utc_naive, wall_time
from oi_common.market.sessions import TradingSession
from oi_common.tables import chain_buckets, coverage_gaps
from oi_common.upserts import upsert

Missed = Mapping[datetime, tuple[str, ...]]  # poll slots by bucket


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain on one day that is over."""

    index_name: str
    expiry: date
    session: TradingSession

    @property
    def headers(self) -> ColumnElement[bool]:
        c = chain_buckets.c
        return and_(
            c.index_name == self.index_name, c.expiry == self.expiry, *on_day(c.time, self.session.day)
        )

    @property
    def gaps(self) -> ColumnElement[bool]:
        c = coverage_gaps.c
        return and_(
            c.index_name == self.index_name, c.expiry == self.expiry, *on_day(c.from_time, self.session.day)
        )


def was_polled(connection: Connection, poll: ChainBackfilled) -> bool:
    """Say whether the bucket of a backfill was seen live: then there is nothing to tell."""
    c = chain_buckets.c
    bucket = wall_time(floor_to_3min(poll.feed_time))
    polls = connection.execute(
        select(c.polls).where(c.time == bucket, c.index_name == poll.index_name, c.expiry == poll.expiry)
    ).scalar_one_or_none()
    return bool(polls)


def write_repair(
    connection: Connection, repair: Repair, poll: ChainBackfilled, session: TradingSession, at: datetime
) -> None:
    """Write one bucket as the broker's history tells it. Its past is over, so it is sealed as it is."""
    forget_telling(connection, poll)
    bucket = wall_time(repair.header.time)
    candle = candles_at(connection, poll.index_name, [repair.header]).get(bucket)
    if repair.snapshot is not None:
        write_snapshot(connection, repair.snapshot, candle)
    if repair.changes:
        write_changes(connection, repair.changes, repair.known, poll)
    status = "missing" if candle is None else "merged"
    upsert(connection, chain_buckets, [header_row(repair.header, poll, status, utc_naive(at))])
    _note_repairs(connection, Chain(poll.index_name, poll.expiry, session), at)


def chains_of(connection: Connection, index_name: str, session: TradingSession) -> set[date]:
    """Return the expiries that the day's headers speak of."""
    c = chain_buckets.c
    found = select(c.expiry).distinct().where(c.index_name == index_name, *on_day(c.time, session.day))
    return set(connection.execute(found).scalars())


def close_chain(
    connection: Connection, chain: Chain, missed: Missed, *, every: timedelta, at: datetime
) -> list[datetime]:
    """Account for every bucket of a chain's day; return those sealed `at`, without a candle (wall time)."""
    _add_missing(connection, chain, every, at)
    _note_missed(connection, chain, missed)
    sealed = _seal_rest(connection, chain, at)
    _note_gaps(connection, chain, at)
    _note_repairs(connection, chain, at)
    return sealed


def _add_missing(connection: Connection, chain: Chain, every: timedelta, at: datetime) -> None:
    known = set(connection.execute(select(chain_buckets.c.time).where(chain.headers)).scalars())
    absent = [
        nobody_polled(chain.session, every, bucket)
        for bucket in chain.session.buckets()
        if wall_time(bucket) not in known
    ]
    if not absent:
        return
    candles = candles_at(connection, chain.index_name, absent)
    rows = [
        header_row(header, chain, "merged" if wall_time(header.time) in candles else "missing", utc_naive(at))
        for header in absent
    ]
    upsert(connection, chain_buckets, rows)


def _note_missed(connection: Connection, chain: Chain, missed: Missed) -> None:
    """Add the slots after the last poll to the headers of their buckets, each once."""
    c = chain_buckets.c
    for bucket, slots in missed.items():
        here = and_(chain.headers, c.time == wall_time(bucket))
        stored = connection.execute(select(c.polls_missed).where(here)).scalar_one()
        every_slot = sorted({*stored, *slots})
        connection.execute(update(chain_buckets).where(here).values(polls_missed=every_slot))


def _seal_rest(connection: Connection, chain: Chain, at: datetime) -> list[datetime]:
    """Seal what no candle has sealed and no later poll could.

    `at` is the event's own moment: a repeated entry finds the same buckets, a later event none of them.
    """
    c, sealed_at = chain_buckets.c, utc_naive(at)
    unsealed = and_(chain.headers, c.sealed_at.is_(None))
    connection.execute(
        update(chain_buckets).where(unsealed).values(candle_status="missing", sealed_at=sealed_at)
    )
    connection.execute(update(chain_buckets).where(chain.headers, c.polls > 0).values(state="sealed"))
    here = (chain.headers, c.polls > 0, c.candle_status == "missing", c.sealed_at == sealed_at)
    return list(connection.execute(select(c.time).where(*here).order_by(c.time)).scalars())


def _note_gaps(connection: Connection, chain: Chain, at: datetime) -> None:
    c = chain_buckets.c
    missing = connection.execute(select(c.time).where(chain.headers, c.polls == 0)).scalars().all()
    for first, last, buckets in runs([from_wall_time(time) for time in missing]):
        write_gap(connection, chain.index_name, chain.expiry, Gap(first, last, buckets), at)


def _note_repairs(connection: Connection, chain: Chain, at: datetime) -> None:
    """Mark the gaps in which no bucket is missing any more, and unmark those in which one is."""
    c, g = chain_buckets.c, coverage_gaps.c
    missing = connection.execute(select(c.time).where(chain.headers, c.source.is_(None))).scalars().all()
    for gap in connection.execute(select(coverage_gaps).where(chain.gaps)).all():
        is_open = _any_between(missing, gap.from_time, gap.to_time)
        if is_open != (gap.repaired_at is None):
            here = and_(chain.gaps, g.from_time == gap.from_time)
            values: dict[str, Any] = {"repaired_at": None if is_open else utc_naive(at)}
            connection.execute(update(coverage_gaps).where(here).values(values))


def _any_between(times: Sequence[datetime], first: datetime, last: datetime) -> bool:
    return any(first <= time <= last for time in times)
