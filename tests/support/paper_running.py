"""Running the real paper trader in this process, and reading what it wrote."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, select

from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import DecisionMade
from oi_common.health import Health
from oi_common.service import Runtime
from oi_common.tables import paper_equity, paper_positions, paper_trades
from oi_common.trimming import EntryId
from oi_common.wire import encode
from paper_trader.main import serve
from paper_trader.settings import Settings
from support.ledger import is_drained
from support.paper import TEN

TICKS, DECISIONS, TRADES = "oi:ticks:{NIFTY}", "oi:decisions:{NIFTY}", "oi:trades:{NIFTY}"
GROUP = "paper-trader"


class StillClock:
    """A clock that stands still."""

    def __init__(self, at: datetime = TEN) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, moment: datetime) -> None:
        del moment


@asynccontextmanager
async def running_paper_trader(
    redis_url: str,
    database_url: str,
    *,
    clock: StillClock | None = None,
    instance: str = "one",
    **changes: Any,
) -> AsyncIterator[Any]:
    """Run the paper trader's own `serve` until the block ends; yields its Redis client."""
    settings = Settings(
        redis_url=redis_url, database_url=database_url, indices=("NIFTY",), instance=instance, **changes
    )
    redis, database, stop = connect_redis(redis_url), Database(settings.database_url), asyncio.Event()
    runtime = Runtime("paper-trader", settings, stop, redis, database, clock or StillClock(), Health())
    task = asyncio.create_task(serve(runtime))
    try:
        yield redis
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)
        await redis.aclose()
        database.close()


@asynccontextmanager
async def connected(redis_url: str) -> AsyncIterator[Any]:
    redis = connect_redis(redis_url)
    try:
        yield redis
    finally:
        await redis.aclose()


async def publish(redis: Any, *entries: DecisionMade | Mapping[str, str]) -> None:
    """Add decisions and ticks to their streams, in this order: no two within one millisecond."""
    for entry in entries:
        is_decision = isinstance(entry, DecisionMade)
        fields = encode(entry) if isinstance(entry, DecisionMade) else dict(entry)
        added = EntryId.parse(await redis.xadd(DECISIONS if is_decision else TICKS, fields))
        while await _milliseconds(redis) <= added.ms:
            pass


async def _milliseconds(redis: Any) -> int:
    seconds, microseconds = await redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


async def drained(redis: Any, within: float = 30.0) -> None:
    """Wait until every decision and every tick has been handled."""
    async with asyncio.timeout(within):
        for stream in (TICKS, DECISIONS, TICKS):
            while not await is_drained(redis, stream, GROUP):
                await asyncio.sleep(0.02)


def stored(database_url: str, table: Table) -> list[dict[str, Any]]:
    database = Database(database_url)
    try:
        key = table.primary_key.columns
        rows = database.run_blocking(
            lambda connection: connection.execute(select(table).order_by(*key)).mappings().all()
        )
    finally:
        database.close()
    return [dict(row) for row in rows]


def trades(database_url: str) -> list[dict[str, Any]]:
    return sorted(stored(database_url, paper_trades), key=lambda row: row["number"])


def positions(database_url: str) -> list[dict[str, Any]]:
    return stored(database_url, paper_positions)


def equity(database_url: str) -> list[dict[str, Any]]:
    return stored(database_url, paper_equity)


def cash_by_hand(capital: Decimal, rows: list[dict[str, Any]]) -> Decimal:
    """Add up the fills as their table says it must be."""
    for row in rows:
        premium = row["price"] * row["quantity"]
        capital += (premium if row["action"] == "EXIT" else -premium) - row["charges"]
    return capital
