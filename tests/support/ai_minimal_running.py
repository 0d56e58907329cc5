"""The one-second loop's own `serve` in this process, a market that is fed to it, and what it told and kept."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from ai_minimal.core.ticks import Tick
from ai_minimal.main import serve
from ai_minimal.settings import Settings
from oi_common.clock import Clock
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import DecisionMade
from oi_common.health import Health
from oi_common.service import Runtime
from oi_common.tables import ai_decisions
from oi_common.wire import decode, encode
from support.ai_minimal import (
    AT,
    DECISIONS,
    SNAPSHOTS,
    STRIKES,
    TICKS,
    entry_of,
    option,
    rising_ticks,
    snapshot,
    spot,
)


@asynccontextmanager
async def running_ai_minimal(
    redis_url: str, database_url: str, folder: Path, clock: Clock, *, instance: str = "one", **changes: Any
) -> AsyncIterator[Any]:
    """Run ai-minimal's own `serve` until the block ends; yields its Redis client."""
    settings = Settings(
        redis_url=redis_url, database_url=database_url, indices=("NIFTY",), instance=instance, data_dir=folder, **changes
    )  # fmt: skip
    redis, database, stop = connect_redis(redis_url), Database(settings.database_url), asyncio.Event()
    task = asyncio.create_task(serve(Runtime("ai-minimal", settings, stop, redis, database, clock, Health())))
    try:
        yield redis
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)
        await redis.aclose()
        database.close()


class RunningClock:
    """A clock that began at a moment of the session, and runs on at some speed."""

    def __init__(self, begins: datetime = AT, speed: float = 1.0) -> None:
        self.begins, self.speed = begins, speed
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self.begins + timedelta(seconds=(time.monotonic() - self._since) * self.speed)

    async def sleep_until(self, moment: datetime) -> None:
        while (remaining := (moment - self.now()).total_seconds()) > 0:
            await asyncio.sleep(remaining / self.speed)


@asynccontextmanager
async def rising_market(redis: Any, clock: Clock, *, by: float = 0.8) -> AsyncIterator[None]:
    """Feed a market that rises each second for as long as the block lasts, with 70 seconds of it before."""
    began = clock.now().replace(microsecond=0)
    await redis.xadd(SNAPSHOTS, encode(snapshot(began - timedelta(seconds=20))))
    await _add(redis, rising_ticks(began, by=by))
    feeding = asyncio.create_task(_feed(redis, clock, began, by))
    try:
        yield
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(redis: Any, clock: Clock, began: datetime, by: float) -> None:
    second = 0
    while True:
        second += 1
        at = began + timedelta(seconds=second)
        await clock.sleep_until(at - timedelta(milliseconds=200))
        ticks = [spot(24512.0 + by * second, at=at)]
        ticks += [
            option(strike, side, 101.5 + (0.1 * second if side == "CE" else 0.0), at=at, oi=1000)
            for strike in STRIKES
            for side in ("CE", "PE")
        ]
        await _add(redis, ticks)


async def _add(redis: Any, ticks: list[Tick]) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for tick in ticks:
            pipe.xadd(TICKS, entry_of(tick))
        await pipe.execute()


async def told(redis: Any) -> list[DecisionMade]:
    """Return all decisions on the stream."""
    return [decode(DecisionMade, fields) for _, fields in await redis.xrange(DECISIONS)]


def kept(database_url: str, table: Table = ai_decisions) -> list[dict[str, Any]]:
    """Return the rows of a table of the loops."""
    database = Database(database_url)
    try:
        rows = database.run_blocking(lambda connection: connection.execute(select(table)).mappings().all())
    finally:
        database.close()
    return [dict(row) for row in rows]


async def soon(is_so: Callable[[], Awaitable[bool]], *, within: float = 20.0, what: str) -> None:
    """Ask until the answer is yes; past the deadline, fail naming what did not come about."""
    try:
        async with asyncio.timeout(within):
            while not await is_so():
                await asyncio.sleep(0.05)
    except TimeoutError as e:
        raise TimeoutError(f"not within {within:g} s: {what}") from e
