"""Ticks, snapshots and positions for the one-second loop, and the loop's own `serve` in this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from ai_minimal.core.chains import Chains
from ai_minimal.core.held import Held
from ai_minimal.core.market import TickCache, listed_option
from ai_minimal.core.situations import Seen
from ai_minimal.core.ticks import INDEX, Tick
from ai_minimal.main import serve
from ai_minimal.settings import Settings
from oi_common.advice.situation import Situation
from oi_common.clock import Clock
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import DecisionMade, SnapshotSaved, TickReceived
from oi_common.health import Health
from oi_common.market.buckets import IST, floor_to_3min
from oi_common.market.chain import Contract, Side
from oi_common.market.sessions import TradingSession, session_on
from oi_common.service import Runtime
from oi_common.tables import ai_decisions
from oi_common.wire import decode, encode

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 24)
AT = datetime(2026, 11, 18, 11, 0, 15, tzinfo=IST)
STRIKES = (24400, 24450, 24500, 24550, 24600)
TICKS, SNAPSHOTS = "oi:ticks:{NIFTY}", "oi:snapshots:{NIFTY}"
TRADES, DECISIONS = "oi:trades:{NIFTY}", "oi:decisions:{NIFTY}"


def session() -> TradingSession:
    found = session_on("NFO", DAY)
    assert found is not None
    return found


def spot(ltp: float = 24512.0, ago: float = 0.0, *, at: datetime = AT) -> Tick:
    return Tick(INDEX, at - timedelta(seconds=ago), ltp)


def option(strike: int = 24500, side: Side = "CE", ltp: float = 101.5, ago: float = 0.0, **said: Any) -> Tick:
    """Return an option's tick with a fair book."""
    at, expiry = said.pop("at", AT) - timedelta(seconds=ago), said.pop("expiry", EXPIRY)
    book = {"bid": round(ltp - 0.15, 2), "ask": round(ltp + 0.15, 2), **said}
    return Tick(listed_option(expiry, Contract(strike, side)), at, ltp, **book)


def entry_of(tick: Tick) -> dict[str, str]:
    """Return the tick's entry as ingest-ws writes it."""
    expiry, strike, side = tick.listed
    event = TickReceived(
        segment="NFO" if strike else "NSE", token=f"{strike}{side}", symbol=f"NIFTY{strike}{side}",
        exchange_time=tick.at, received_at=tick.at, ltp=tick.ltp, bid=tick.bid, ask=tick.ask, oi=tick.oi,
        index_name="NIFTY", expiry=expiry or None, strike=strike or None, option_type=side or None,
    )  # fmt: skip
    return encode(event)


def snapshot(at: datetime = AT - timedelta(seconds=70), **changes: Any) -> SnapshotSaved:
    """Return a snapshot whose chain is bullish; every contract has an OI of 1,000 (calls) or 1,200 (puts)."""
    rows = tuple(
        {"strike": s, "ce_oi": 1000, "pe_oi": 1200, "ce_iv": 12.5, "pe_delta": -0.4} for s in STRIKES
    )
    metrics = {
        "direction": "BULLISH", "confidence": 44.0, "pcr_oi": 1.2, "max_pain": 24450,
        "support": [{"strike": 24400, "oi": 5_200_000, "strength": 0.18}],
        "resistance": [{"strike": 24600, "oi": 6_100_000, "strength": 0.21}],
    }  # fmt: skip
    usual = {
        "index_name": "NIFTY", "expiry": EXPIRY, "time": floor_to_3min(at), "feed_time": at, "state": "saved",
        "reason": "change", "strikes": len(rows), "source": "live", "spot": 24500.0, "metrics": metrics, "rows": rows,
    }  # fmt: skip
    return SnapshotSaved.model_validate({**usual, **changes})


def held(**changes: Any) -> Held:
    bought = {
        "trade_id": "minimal:NIFTY:1", "expiry": EXPIRY, "contract": Contract(24500, "CE"), "quantity": 65,
        "entered_at": AT - timedelta(minutes=6), "entry": 100.0, "stop_loss": 85.0, "target": 130.0,
    }  # fmt: skip
    return Held(**{**bought, **changes})


def seen(*ticks: Tick, snapshots: tuple[SnapshotSaved, ...] = (), position: Held | None = None) -> Seen:
    cache, chains = TickCache(), Chains()
    for tick in sorted(ticks, key=lambda tick: tick.at):
        cache.add(tick)
    for saved in snapshots:
        chains.add(saved)
    return Seen("NIFTY", cache, chains, position)


def rising_ticks(at: datetime = AT, *, by: float = 0.8, seconds: int = 70) -> list[Tick]:
    """Return ticks of some time up to a moment: each second the index gains `by` points and the calls with it."""
    ticks = []
    for ago in range(seconds, -1, -1):
        ticks.append(spot(24512.0 - by * ago, ago, at=at))
        for strike in STRIKES:
            ticks.append(option(strike, "CE", round(101.5 - 0.1 * ago * (by > 0), 2), ago, at=at, oi=1000))
            ticks.append(option(strike, "PE", 101.5, ago, at=at, oi=1200))
    return ticks


def contracts_of(it: Situation) -> set[Contract]:
    return {leg.contract for leg in it.legs}


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
