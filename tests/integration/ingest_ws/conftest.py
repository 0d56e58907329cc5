"""A feed between the simulated exchange and a real Redis."""

import asyncio
import time
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from ingest_ws.adapters.broker import BrokerPasses, Catalogue
from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.adapters.socket import Dialler, LinePolicy
from ingest_ws.core.patience import BackOff, Patience
from ingest_ws.handlers import Feed
from ingest_ws.intake import Intake
from ingest_ws.settings import Settings
from oi_common.broker.contracts import Instrument, Instruments
from oi_common.broker.session import BrokerSession
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.market.buckets import IST
from simulator.core.model_market import ModelMarket
from simulator.testing import running_exchange

DAY = date(2026, 1, 20)
SPEED = 10


class RunningClock:
    """Simulated time that begins at a moment and runs ten times as fast as ours."""

    def __init__(self, begins_at, speed=SPEED):
        self._begins_at = begins_at
        self._speed = speed
        self._began = time.monotonic()

    def now(self):
        return self._begins_at + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    async def sleep_until(self, moment):
        while self.now() < moment:
            await asyncio.sleep(0.01)


QUICK = LinePolicy(
    ping_every=0.3, frame_every=0.02, look_every=0.05, patience=Patience(silence=2, drought=1.5)
)


@pytest.fixture(scope="session")
def market():
    return ModelMarket(DAY, seed=7)


@pytest.fixture(scope="session")
def instruments(market):
    """The market's instrument master, as if it had been downloaded."""
    return Instruments(
        Instrument(
            row.exchange,
            row.token,
            row.symbol,
            row.name,
            row.kind,
            row.lot_size,
            row.tick_size,
            row.expiry,
            int(row.strike) if row.option_type else None,
            row.option_type,
        )
        for row in market.instruments()
    )


@pytest.fixture
def clock():
    return RunningClock(datetime(2026, 1, 20, 10, 0, tzinfo=IST))


@pytest.fixture
def exchange(market, clock):
    with running_exchange(market, clock) as server:
        yield server


@pytest.fixture
def settings(exchange, redis_url, tmp_path, monkeypatch):
    for name, value in exchange.environment("127.0.0.1").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("INDICES", "NIFTY")
    monkeypatch.setenv("STRIKES_AROUND", "3")
    return Settings.load()


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def until():
    """Wait for a condition: until(lambda: …), plain or asynchronous."""

    async def wait_until(is_so, within=20.0):
        async with asyncio.timeout(within):
            while True:
                answer = is_so()
                if await answer if asyncio.iscoroutine(answer) else answer:
                    return
                await asyncio.sleep(0.05)

    return wait_until


@pytest.fixture
def followed():
    """Whose ticks the slot feeds, and whether with their chains; a test may say otherwise."""
    return ("NIFTY", "INDIAVIX"), True


@pytest.fixture
async def feeding(settings, clock, redis, instruments, followed):
    """Run one slot's feed with quick patience; yields the feed."""
    intake = Intake(clock.now, TickBuffer(100_000))
    redis_of_publisher = connect_redis_blocking(settings.redis_url)
    publisher = TickPublisher(redis_of_publisher, TickBuffer(100_000), more=intake.entries)
    session = BrokerSession(
        redis,
        settings,
        clock,
        wall=lambda: clock.now().timestamp(),
        sleep=lambda seconds: asyncio.sleep(seconds / SPEED),
    )

    async def load():
        return instruments

    names, with_chains = followed
    catalogue = Catalogue(load, clock.now, expiries=2, with_chains=with_chains)
    feed = Feed(
        "slot-1",
        partial(catalogue.families, names),
        Dialler(settings.angel_ws_url, intake.on_packets, lambda: True, QUICK).dial,
        BrokerPasses(session, settings),
        intake,
        reach=settings.reach,
        edition=lambda: catalogue.edition,
        chance=lambda: 0.0,
        back_off=BackOff(first=0.2, crowded=0.2),
    )
    done = asyncio.Event()
    publisher.start()
    running = asyncio.create_task(feed.run(done))
    yield feed
    done.set()
    async with asyncio.timeout(10):
        await running
    await asyncio.to_thread(publisher.stop)
