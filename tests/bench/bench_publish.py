"""Publishing ticks, all onto the same Redis: one awaited XADD per tick, cryptofeed's writer and faststream against ours."""

import asyncio
import time

import pytest
import redis

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.events import TickReceived, stream_of
from oi_common.wire import encode
from support.bench.ticks import BATCH, as_event

STREAM = "oi:ticks:{NIFTY}"
FEW = BATCH[:2000]


@pytest.fixture
def naive(redis_url):
    """An event model per tick, encoded by the common wire, and one XADD awaited at a time."""

    async def publish_all():
        client = connect_redis(redis_url)
        for tick in FEW:
            await client.xadd(stream_of(TickReceived, "NIFTY"), encode(as_event(tick)))
        await client.aclose()

    return lambda: asyncio.run(publish_all())


@pytest.fixture
def ours(redis_url):
    """Return what publishes ticks by the service's own thread, and waits until the last is there."""
    buffer = TickBuffer(len(BATCH))
    publisher = TickPublisher(connect_redis_blocking(redis_url), buffer)
    client = connect_redis_blocking(redis_url)
    publisher.start()

    def publish_all(ticks=BATCH):
        length = client.xlen(STREAM)
        for tick in ticks:
            buffer.put(tick)
        while client.xlen(STREAM) < length + len(ticks):
            time.sleep(0.002)

    yield publish_all
    publisher.stop()


def test_publishing_beats_an_xadd_per_tick(naive, ours, compare):
    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare("ticks", len(FEW), {"naive XADD": naive, "ours": lambda: ours(FEW)})

    assert ratios["ours"] > 1


@pytest.mark.parametrize(("peer", "target"), [("cryptofeed", 2.3), ("faststream", 9)])
def test_publishing_beats_its_peers(peers, ours, compare, result, peer, target):
    print()  # noqa: T201 - the table begins on a line of its own

    ratios = compare("ticks", len(BATCH), {peer: lambda: peers(f"publish by {peer}"), "ours": ours})

    result("publish", f"{peer}'s Redis stream writer", target, ratios["ours"])
    assert ratios["ours"] > 1


def test_a_tick_takes_few_bytes_of_redis(redis_url, ours, result):
    with redis.Redis.from_url(redis_url) as client:
        ours()
        each = client.memory_usage(STREAM, samples=0) / client.xlen(STREAM)

    print(f"\n{each:.1f} bytes a tick")  # noqa: T201
    result("Redis memory of a tick", "an entry of 18 fields", 70, each, " B", at_most=True)
