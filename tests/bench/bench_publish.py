"""Publishing ticks, all onto the same Redis: one awaited XADD per tick, cryptofeed's writer and faststream against ours.

Theirs begin with a tick's values, ours with the broker's packets: reading them is part of what our publisher's thread does.
"""

import asyncio
import time

import pytest
import redis

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.events import TickReceived, stream_of
from oi_common.wire import encode
from support.bench.feeding import UNDERLYINGS, families
from support.bench.packets import snap_quote
from support.bench.ticks import BATCH, as_event

STREAMS = [stream_of(TickReceived, name) for name in UNDERLYINGS]
PACKETS = [snap_quote(number) for number in range(len(BATCH))]
PIECE = 180  # packets that a socket brings at once on a busy day
FEW = 2000


@pytest.fixture
def naive(redis_url):
    """An event model per tick, encoded by the common wire, and one XADD awaited at a time."""

    async def publish_all():
        client = connect_redis(redis_url)
        for tick in BATCH[:FEW]:
            await client.xadd(stream_of(TickReceived, "NIFTY"), encode(as_event(tick)))
        await client.aclose()

    return lambda: asyncio.run(publish_all())


@pytest.fixture
def ours(redis_url):
    """Return what publishes packets by the service's own thread, and waits until the last is there."""
    intake = Intake(WallClock().now, TickBuffer(len(PACKETS)))
    intake.follow(families(900))
    publisher = TickPublisher(
        connect_redis_blocking(redis_url), TickBuffer(len(PACKETS)), more=intake.entries
    )
    client = connect_redis_blocking(redis_url)
    publisher.start()

    def publish_all(packets=PACKETS):
        length = sum(map(client.xlen, STREAMS))
        for begins in range(0, len(packets), PIECE):
            intake.on_packets(packets[begins : begins + PIECE])
        while sum(map(client.xlen, STREAMS)) < length + len(packets):
            time.sleep(0.002)

    yield publish_all
    publisher.stop()


def test_publishing_beats_an_xadd_per_tick(naive, ours, compare):
    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare("ticks", FEW, {"naive XADD": naive, "ours": lambda: ours(PACKETS[:FEW])})

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
        each = client.memory_usage(STREAMS[0], samples=0) / client.xlen(STREAMS[0])

    print(f"\n{each:.1f} bytes a tick")  # noqa: T201
    result("Redis memory of a tick", "an entry of 18 fields", 70, each, " B", at_most=True)
