"""Sealing: a bucket is complete once its candle is merged, or declared missing after a grace time."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select, update

from bucketer.adapters.polls import CANDLE
from bucketer.core.announce import SealedBucket
from bucketer.core.rules import Step
from oi_common.events import CandleClosed, ChainPolled
from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min, utc_naive, wall_time
from oi_common.tables import chain_buckets, index_candles, option_snapshots
from oi_common.upserts import upsert


def seal_by_candle(connection: Connection, candle: CandleClosed, at: datetime) -> list[SealedBucket]:
    """Write a candle, merge it into its bucket's rows, and return the buckets it seals.

    One that is told afterwards completes buckets that were sealed without it: it announces nothing.
    """
    time = wall_time(candle.time)
    if not _write_candle(connection, candle):
        return []
    here = (option_snapshots.c.time == time, option_snapshots.c.index_name == candle.index_name)
    values = {f"index_{name}": getattr(candle, name) for name in CANDLE}
    connection.execute(update(option_snapshots).where(*here).values(values))
    _seal(connection, candle, at)
    return sealed_at(connection, candle.index_name, time) if candle.source == "live" else []


def seal_by_poll(
    connection: Connection,
    step: Step,
    poll: ChainPolled,
    with_candle: Collection[datetime],
    *,
    grace: timedelta,
    at: datetime,
) -> list[SealedBucket]:
    """Return the buckets a poll finds sealed, or seals because their candle has not come in time."""
    times = _sealed_by(step, poll, with_candle) + _declare_missing(connection, step, poll, grace=grace, at=at)
    return [b for time in sorted(times) for b in sealed_at(connection, poll.index_name, time, poll.expiry)]


def _sealed_by(step: Step, poll: ChainPolled, with_candle: Collection[datetime]) -> list[datetime]:
    """Return the poll's bucket if its candle came first, and the poll opened the bucket or saved it."""
    bucket = floor_to_3min(poll.feed_time)
    opened = step.previous_bucket is None or step.previous_bucket < bucket
    here = wall_time(bucket) in with_candle and (opened or step.snapshot is not None)
    return [wall_time(bucket)] if here else []


def _declare_missing(
    connection: Connection, step: Step, poll: ChainPolled, *, grace: timedelta, at: datetime
) -> list[datetime]:
    """Seal, without a candle, the buckets whose grace the poll's bucket has passed.

    Which ones they are follows from the poll alone, so that a repeated entry announces them again.
    """
    bucket = wall_time(floor_to_3min(poll.feed_time))
    if step.previous_bucket is not None and wall_time(step.previous_bucket) == bucket:
        return []
    last = bucket - BUCKET_WIDTH - grace
    first = wall_time(step.previous_bucket) - BUCKET_WIDTH - grace if step.previous_bucket else None
    midnight = bucket.replace(hour=0, minute=0)
    here = and_(
        chain_buckets.c.index_name == poll.index_name,
        chain_buckets.c.expiry == poll.expiry,
        chain_buckets.c.time > first if first else chain_buckets.c.time >= midnight,
        chain_buckets.c.time <= last,
        chain_buckets.c.candle_status.is_distinct_from("merged"),
    )
    found = connection.execute(select(chain_buckets.c.time, chain_buckets.c.polls).where(here)).all()
    if found:
        unsealed = and_(here, chain_buckets.c.sealed_at.is_(None))
        connection.execute(
            update(chain_buckets).where(unsealed).values(candle_status="missing", sealed_at=utc_naive(at))
        )
        connection.execute(
            update(chain_buckets).where(here, chain_buckets.c.polls > 0).values(state="sealed")
        )
    return [row.time for row in found if row.polls]


def _write_candle(connection: Connection, candle: CandleClosed) -> bool:
    """Write the candle, unless it is told afterwards and a live one is there."""
    time = wall_time(candle.time)
    here = (index_candles.c.time == time, index_candles.c.index_name == candle.index_name)
    stored = connection.execute(select(index_candles.c.source).where(*here)).scalar_one_or_none()
    if stored == "live" and candle.source != "live":
        return False
    values = {name: getattr(candle, name) for name in CANDLE}
    row = {"time": time, "index_name": candle.index_name, **values, "source": candle.source}
    upsert(connection, index_candles, [row])
    return True


def _seal(connection: Connection, candle: CandleClosed, at: datetime) -> None:
    here = and_(
        chain_buckets.c.time == wall_time(candle.time), chain_buckets.c.index_name == candle.index_name
    )
    unsealed = and_(here, chain_buckets.c.sealed_at.is_(None))
    connection.execute(update(chain_buckets).where(unsealed).values(sealed_at=utc_naive(at)))
    connection.execute(update(chain_buckets).where(here).values(candle_status="merged"))
    connection.execute(update(chain_buckets).where(here, chain_buckets.c.polls > 0).values(state="sealed"))


def sealed_at(
    connection: Connection, index_name: str, time: datetime, expiry: date | None = None
) -> list[SealedBucket]:
    """Return the polled chains' buckets of a time (IST wall time), as they are announced."""
    here = [chain_buckets.c.time == time, chain_buckets.c.index_name == index_name, chain_buckets.c.polls > 0]
    if expiry is not None:
        here.append(chain_buckets.c.expiry == expiry)
    query = select(chain_buckets).where(*here).order_by(chain_buckets.c.expiry)
    headers = connection.execute(query).mappings().all()
    return [SealedBucket(dict(header), _rows(connection, header)) for header in headers]


def _rows(connection: Connection, header: RowMapping) -> list[Mapping[str, Any]]:
    rows = connection.execute(
        select(option_snapshots)
        .where(
            option_snapshots.c.time == header["time"],
            option_snapshots.c.index_name == header["index_name"],
            option_snapshots.c.expiry == header["expiry"],
        )
        .order_by(option_snapshots.c.strike)
    )
    return [dict(row) for row in rows.mappings()]
