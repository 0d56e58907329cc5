"""A Redis that fills up: ticks are refused first, polls last, and an alert says so."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from redis.exceptions import OutOfMemoryError

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.gate import TickGate
from ingest_ws.adapters.memory import MemoryWatch, memory_of
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick, entry
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.events import AlertRaised, ChainPolled
from oi_common.market.buckets import IST
from oi_common.publisher import Publisher
from oi_common.wire import decode
from poller.adapters.outbox import SpoolingOutbox

AT = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
VIX = Instrument("INDIAVIX", "NSE", "99926017", "India VIX")
TICKS, POLLS, ALERTS = "oi:ticks:{INDIAVIX}", "oi:polls:{NIFTY}", "oi:alerts"
MIB = 1024 * 1024
BUFFERED = 2_000


def tick(number):
    """Return its entry."""
    packet = Packet(2, VIX.token, int(AT.timestamp()) * 1000, 12.5)
    return VIX.stream, entry(Tick(VIX, packet, AT + timedelta(microseconds=number)))


def poll(number):
    at = AT + timedelta(seconds=20 * number)
    quotes = [{"strike": 24_000 + 50 * k, "type": s, "oi": number} for k in range(41) for s in ("CE", "PE")]
    return ChainPolled.model_validate(
        {
            "index_name": "NIFTY", "expiry": "2026-01-27", "segment": "NFO", "source": "live", "lot_size": 65,
            "feed_time": at.isoformat(), "polled_at": at.isoformat(), "quotes": quotes,
        }
    )  # fmt: skip


def dropped():
    return REGISTRY.get_sample_value("oi_ingest_ws_ticks_dropped_total", {"reason": "redis_memory"}) or 0


async def share(redis):
    return (await memory_of(redis)).share


async def alerts(redis):
    return [decode(AlertRaised, fields) for _, fields in await redis.xrange(ALERTS)]


async def has_been_told(redis, count):
    return len(await alerts(redis)) == count


async def fill(redis, up_to=2.0):
    """Take the room there is, or a share of it."""
    for size in (32 * 1024, 1024, 16):
        number = 0
        try:
            while await share(redis) < up_to:
                number += 1
                await redis.set(f"filler:{size}:{number}", "x" * size)
        except OutOfMemoryError:
            continue


async def make_room(redis):
    keys = [key async for key in redis.scan_iter("filler:*", count=1000)]
    await redis.unlink(*keys)
    await redis.xtrim(TICKS, maxlen=0)


@pytest.fixture
async def redis(own_redis):
    client = connect_redis(own_redis[1])
    await client.config_set("maxmemory", (await memory_of(client)).used + 8 * MIB)
    yield client
    await client.aclose()


@pytest.fixture
async def gate(redis):
    gate, stop = TickGate(), asyncio.Event()
    await fill(redis, up_to=0.75)
    task = asyncio.create_task(MemoryWatch(redis, gate, lambda: AT).run(stop))
    yield gate
    stop.set()
    await task


@pytest.fixture
def buffer(own_redis, gate):
    buffer = TickBuffer(BUFFERED)
    publisher = TickPublisher(connect_redis_blocking(own_redis[1]), buffer, gate=gate)
    publisher.start()
    yield buffer
    publisher.stop()


@asynccontextmanager
async def flowing(buffer):
    """Ticks come in all the time."""

    async def flow():
        for number in range(10_000_000):
            buffer.put([tick(number)])
            if number % 100 == 0:
                await asyncio.sleep(0.002)

    task = asyncio.create_task(flow())
    try:
        yield
    finally:
        task.cancel()


async def send(outbox, numbers):
    for number in numbers:
        await outbox.send(poll(number), "NIFTY")


async def test_ticks_go_first_polls_last_and_no_poll_is_lost(redis, gate, buffer, tmp_path, until):
    outbox, stop = (
        SpoolingOutbox(Publisher(redis), tmp_path, 10 * MIB, timedelta(milliseconds=100)),
        asyncio.Event(),
    )
    spool = tmp_path / "NIFTY.ndjson"
    before = dropped()

    async with flowing(buffer):
        await until(lambda: gate.is_closed)
        ticks = await redis.xlen(TICKS)
        assert ticks > 1_000
        assert await share(redis) < 0.90
        await send(outbox, range(20))
        await until(lambda: dropped() > before + 1_000)
        assert await redis.xlen(TICKS) == ticks
        assert (await redis.xlen(POLLS), spool.exists()) == (20, False)
        await until(lambda: has_been_told(redis, 1))

        await fill(redis)
        await send(outbox, range(20, 40))
        assert (await redis.xlen(POLLS), await redis.xlen(TICKS)) == (20, ticks)
        assert spool.stat().st_size > 0

        draining = asyncio.create_task(outbox.keep_draining(stop))
        await make_room(redis)
        await until(lambda: not spool.exists())
        await until(lambda: redis.xlen(TICKS))
        await until(lambda: has_been_told(redis, 2))
    stop.set()
    await draining

    told = [fields["event_id"] for _, fields in await redis.xrange(POLLS)]
    assert told == [poll(number).event_id for number in range(40)]
    [critical, info] = await alerts(redis)
    assert (critical.rule, info.rule, info.severity) == ("redis_memory", "redis_memory", "info")
    assert "MiB (8" in critical.text
    assert critical.facts["percent"] >= 85


async def test_an_episode_is_told_once_by_all_replicas_and_restarts(redis):
    moments = (AT + timedelta(seconds=number) for number in range(100))
    await fill(redis, up_to=0.87)

    for _ in range(3):
        await MemoryWatch(redis, TickGate(), lambda: next(moments)).look()
    assert len(await alerts(redis)) == 1
    await make_room(redis)
    for _ in range(3):
        await MemoryWatch(redis, TickGate(), lambda: next(moments)).look()
    await fill(redis, up_to=0.87)
    await MemoryWatch(redis, TickGate(), lambda: next(moments)).look()

    assert [alert.severity for alert in await alerts(redis)] == ["critical", "info", "critical"]


async def test_a_redis_too_full_for_the_alert_is_told_of_once_there_is_room(redis, until):
    stop, gate = asyncio.Event(), TickGate()
    most = (await memory_of(redis)).most
    await redis.config_set("maxmemory", 1)
    watching = asyncio.create_task(MemoryWatch(redis, gate, lambda: AT).run(stop))
    await until(lambda: gate.is_closed)
    assert await alerts(redis) == []

    await redis.config_set("maxmemory", most)
    await fill(redis, up_to=0.87)

    await until(lambda: redis.xlen(ALERTS))
    stop.set()
    await watching


async def test_a_redis_without_a_limit_is_never_short(redis):
    gate = TickGate()
    await redis.config_set("maxmemory", 0)

    await MemoryWatch(redis, gate, lambda: AT).look()

    assert gate.admitted(10**6) == 10**6
    assert await alerts(redis) == []
