"""Publishing ticks: one awaited XADD per tick against our publisher, onto the same Redis."""

import asyncio
import time
from datetime import date, datetime, timedelta

import pytest

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.events import TickReceived, stream_of
from oi_common.market.buckets import IST
from oi_common.wire import encode

TICKS = 2000
AT = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
EXPIRY = date(2026, 1, 27)
OPTION = Instrument("NIFTY", "NFO", "43521", "NIFTY27JAN2624500CE", EXPIRY, 24_500, "CE")
PACKET = Packet(
    2,
    "43521",
    int(AT.timestamp()) * 1000,
    101.5,
    75,
    99.0,
    104.0,
    95.5,
    100.0,
    oi=3_118_800,
    bid=101.45,
    ask=101.55,
)
BATCH = [Tick(OPTION, PACKET, AT + timedelta(microseconds=number)) for number in range(TICKS)]


def as_event(tick):
    said = tick.packet
    return TickReceived(
        segment=OPTION.segment,
        token=OPTION.token,
        symbol=OPTION.symbol,
        exchange_time=AT,
        received_at=tick.received_at,
        ltp=said.ltp,
        bid=said.bid,
        ask=said.ask,
        volume=said.volume,
        oi=said.oi,
        open=said.open,
        high=said.high,
        low=said.low,
        prev_close=said.prev_close,
        index_name=OPTION.underlying,
        expiry=EXPIRY,
        strike=OPTION.strike,
        option_type=OPTION.option_type,
    )


@pytest.fixture
def naive(redis_url):
    """An event model per tick, encoded by the common wire, and one XADD awaited at a time."""

    async def publish_all():
        redis = connect_redis(redis_url)
        for tick in BATCH:
            await redis.xadd(stream_of(TickReceived, "NIFTY"), encode(as_event(tick)))
        await redis.aclose()

    return lambda: asyncio.run(publish_all())


@pytest.fixture
def ours(redis_url):
    buffer = TickBuffer(TICKS)
    publisher = TickPublisher(connect_redis_blocking(redis_url), buffer)
    client = connect_redis_blocking(redis_url)
    publisher.start()

    def publish_all():
        length = client.xlen("oi:ticks:{NIFTY}")
        for tick in BATCH:
            buffer.put(tick)
        while client.xlen("oi:ticks:{NIFTY}") < length + TICKS:
            time.sleep(0.002)

    yield publish_all
    publisher.stop()


def test_publishing_beats_an_xadd_per_tick(naive, ours, compare):
    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare("ticks", TICKS, {"naive XADD": naive, "ours": ours})

    assert ratios["ours"] > 1
