"""Running the real bucketer in this process over what lies in the streams, and reading its tables."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from bucketer.core.rules import SnapshotRule
from bucketer.main import serve
from bucketer.settings import Settings
from oi_common.clock import WallClock
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.health import Health
from oi_common.market.sessions import session_on
from oi_common.market.underlyings import Segment
from oi_common.service import Runtime
from oi_common.tables import chain_buckets, oi_changes, option_snapshots
from support.days import INDIA
from support.oracle import Fold


@asynccontextmanager
async def running_bucketer(
    redis_url: str,
    database_url: str,
    *,
    indices: tuple[str, ...] = ("NIFTY",),
    rule: str = "change_and_new_bucket",
    segment: Segment = "NFO",
) -> AsyncIterator[tuple[Any, asyncio.Event]]:
    """Run the bucketer's own `serve` until the block ends; yields its Redis client and stop event."""
    settings = Settings(
        redis_url=redis_url,
        database_url=database_url,
        feed_segment=segment,
        indices=indices,
        snapshot_rule=SnapshotRule(rule),
        instance="bucketer-test",
    )
    redis, database, stop = connect_redis(redis_url), Database(settings.database_url), asyncio.Event()
    runtime = Runtime("bucketer", settings, stop, redis, database, WallClock(), Health())
    task = asyncio.create_task(serve(runtime))
    try:
        yield redis, stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)
        await redis.aclose()
        database.close()


async def drained(
    redis: Any, streams: Sequence[str], *, group: str = "bucketer", within: float = 120.0
) -> None:
    """Wait until the group has taken and acknowledged every entry of the streams."""
    async with asyncio.timeout(within):
        for stream in streams:
            while not await is_drained(redis, stream, group):
                await asyncio.sleep(0.02)


async def is_drained(redis: Any, stream: str, group: str) -> bool:
    groups = [one for one in await redis.xinfo_groups(stream) if one["name"] == group]
    if not groups:
        return False
    last = await redis.xrevrange(stream, count=1)
    return bool(groups[0]["pending"] == 0 and (not last or groups[0]["last-delivered-id"] == last[0][0]))


def session_of(day: date) -> tuple[datetime, datetime] | None:
    """Return the NFO session's wall times of a day, for the oracle."""
    session = session_on("NFO", day)
    return (
        None if session is None else (session.opens.replace(tzinfo=None), session.closes.replace(tzinfo=None))
    )


def hours_of(day: date) -> tuple[time, time]:
    session = session_on("NFO", day)
    assert session is not None, f"{day} is no trading day"
    return session.opens.timetz().replace(tzinfo=None), session.closes.timetz().replace(tzinfo=None)


def stored(database_url: str) -> Fold:
    """Return (snapshots, buckets, changes) of a database in the oracle's shape."""
    database = Database(database_url)
    try:
        with database.engine.connect() as connection:
            snapshots = {
                (row["time"], row["index_name"], row["expiry"], row["strike"]): row_of(row)
                for row in connection.execute(select(option_snapshots)).mappings()
            }
            buckets = {
                (row["time"], row["index_name"], row["expiry"]): {
                    "polls": row["polls"],
                    "changed": row["changed"],
                    "saved": row["reason"] is not None,
                    "reason": row["reason"],
                }
                for row in connection.execute(
                    select(chain_buckets).where(chain_buckets.c.polls > 0)
                ).mappings()
            }
            changes = [change_of(row) for row in connection.execute(select(oi_changes)).mappings()]
        return snapshots, buckets, changes
    finally:
        database.close()


def row_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    columns = [
        f"{side}_{name}" for side in ("ce", "pe") for name in ("oi", "oi_change", "oi_day_change", "volume")
    ]
    prices = {
        f"{side}_ltp": None if row[f"{side}_ltp"] is None else float(row[f"{side}_ltp"])
        for side in ("ce", "pe")
    }
    return {"feed_time": moment(row["feed_time"]), **{name: row[name] for name in columns}, **prices}


def change_of(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    moved = {(c["strike"], c["type"]): (c.get("prev_oi"), c["oi"]) for c in row["changes"]}
    return row["index_name"], row["expiry"], moment(row["feed_time"]), moved


def moment(utc: datetime) -> datetime:
    return (utc + timedelta(hours=5, minutes=30)).replace(tzinfo=INDIA)
