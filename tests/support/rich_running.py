"""Running the real deep loop in this process, and reading what it decided."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from ai_rich.main import serve
from ai_rich.settings import Settings
from oi_common.clock import Clock
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import DecisionMade, Event, SnapshotSaved, stream_of
from oi_common.groups import has_handled_all
from oi_common.health import Health
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.service import Runtime
from oi_common.tables import ai_decisions, chain_buckets, option_snapshots
from oi_common.upserts import upsert
from oi_common.wire import decode, encode

GROUP = "ai-rich"
CHANGES, SNAPSHOTS, DECISIONS = "oi:changes:{NIFTY}", "oi:snapshots:{NIFTY}", "oi:decisions:{NIFTY}"


@asynccontextmanager
async def running_ai_rich(
    redis_url: str, database_url: str, clock: Clock, folder: Path, *, instance: str = "one", **changes: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """Run the deep loop's own `serve` until the block ends."""
    settings = Settings(
        redis_url=redis_url,
        database_url=database_url,
        indices=("NIFTY",),
        instance=instance,
        data_dir=folder,
        **changes,
    )
    redis, database, stop = connect_redis(redis_url), Database(settings.database_url), asyncio.Event()
    runtime = Runtime("ai-rich", settings, stop, redis, database, clock, Health())
    task = asyncio.create_task(serve(runtime))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=15)
        await redis.aclose()
        database.close()


async def publish(redis: Any, *events: Event) -> None:
    """Add events to their streams, in one step, as the bucketer does."""
    async with redis.pipeline(transaction=True) as pipe:
        for event in events:
            pipe.xadd(stream_of(type(event), "NIFTY"), encode(event))
        await pipe.execute()


async def until(is_so: Callable[[], Awaitable[bool]], what: str, within: float = 20.0) -> None:
    """Ask until the answer is yes; past the deadline, fail naming what did not come about."""
    try:
        async with asyncio.timeout(within):
            while not await is_so():
                await asyncio.sleep(0.02)
    except TimeoutError as e:
        raise TimeoutError(f"not within {within:g} s: {what}") from e


async def drained(redis: Any, within: float = 30.0) -> None:
    """Wait until every change and every snapshot is acknowledged."""

    async def is_drained() -> bool:
        return all([await has_handled_all(redis, stream, GROUP) for stream in (SNAPSHOTS, CHANGES)])

    await until(is_drained, "every entry acknowledged", within)


async def published(redis: Any) -> list[DecisionMade]:
    return [decode(DecisionMade, fields) for _, fields in await redis.xrange(DECISIONS)]


def write_tables(database_url: str, event: SnapshotSaved) -> None:
    """Write a snapshot into the tables as the bucketer does before it tells of it."""
    assert event.feed_time is not None
    here = {"time": wall_time(event.time), "index_name": event.index_name, "expiry": event.expiry}
    of_poll = {**here, "feed_time": utc_naive(event.feed_time), "spot": event.spot, "source": event.source}
    header = {
        **of_poll,
        **event.metrics,
        "polls": 1,
        "polls_expected": 9,
        "polls_missed": [],
        "changed": 1,
        "state": event.state,
        "reason": event.reason,
        "is_stub": False,
        "is_auction": False,
    }
    rows = [{**of_poll, "reason": event.reason, **row} for row in event.rows]
    database = Database(database_url)
    try:
        database.run_blocking(lambda connection: upsert(connection, chain_buckets, [header]))
        database.run_blocking(lambda connection: upsert(connection, option_snapshots, rows))
    finally:
        database.close()


def stored(database_url: str, table: Table = ai_decisions) -> list[dict[str, Any]]:
    """Return the rows of a table, decisions by default, in the order of their moments."""
    database = Database(database_url)
    try:
        rows = database.run_blocking(lambda connection: connection.execute(select(table)).mappings().all())
    finally:
        database.close()
    return sorted((dict(row) for row in rows), key=lambda row: str(row.get("event_time")))
