"""From a packet on the socket's thread to a tick that the one-second loop can use, against a bare round trip to Redis.

The loop itself looks once a second; here it looks again and again, so that only the way is measured.
"""

import asyncio
import time

import numpy as np
import pytest
import redis

from ai_minimal.adapters.streams import Streams
from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from oi_common.connections import connect_redis, connect_redis_blocking
from support.bench.feeding import UNDERLYINGS, families
from support.bench.packets import snap_quote

PACKETS, APART = 400, 0.01  # so that a flush every 20 ms finds two


@pytest.fixture
def intake(redis_url):
    made = Intake(WallClock().now, TickBuffer(PACKETS))
    publisher = TickPublisher(connect_redis_blocking(redis_url), TickBuffer(PACKETS), more=made.entries)
    made.follow(families(len(UNDERLYINGS)))
    publisher.start()
    yield made
    publisher.stop()


async def ways(intake, redis_url):
    """Return how long each packet took."""
    client = connect_redis(redis_url)
    streams, took = Streams(client, UNDERLYINGS[0]), []
    for _ in range(PACKETS):
        await asyncio.sleep(APART)
        began = time.perf_counter()
        intake.on_packets([snap_quote(0, 1)])
        while not (await streams.news()).ticks:
            await asyncio.sleep(0)
        took.append(time.perf_counter() - began)
    await client.aclose()
    return took


def round_trips(redis_url):
    """Return how long it takes to add an entry and to read it."""
    took = []
    with redis.Redis.from_url(redis_url) as client:
        for _ in range(PACKETS):
            time.sleep(APART)
            began = time.perf_counter()
            entry = client.xadd("bare", {"ltp": "101.5"})
            client.xrange("bare", entry, entry)
            took.append(time.perf_counter() - began)
    return took


def test_a_tick_is_there_within_a_flush_of_the_bare_round_trip(intake, redis_url, result):
    bare = np.percentile(round_trips(redis_url), [50, 99]) * 1e3
    ours = np.percentile(asyncio.run(ways(intake, redis_url)), [50, 99]) * 1e3

    print(  # noqa: T201
        f"\nbare round trip p50 {bare[0]:.1f} p99 {bare[1]:.1f} ms, tick to decision input p50 {ours[0]:.1f} "
        f"p99 {ours[1]:.1f} ms (a flush waits up to 20 ms for company)"
    )
    result(
        "tick → decision input, p99 above the bare one",
        "bare Redis round trip",
        25,
        ours[1] - bare[1],
        " ms",
        at_most=True,
    )
    assert ours[1] < 1000
