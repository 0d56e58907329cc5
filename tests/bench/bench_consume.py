"""Consuming ticks: faststream's subscriber in batches, each tick validated, against how our one-second loop reads.

Ours acknowledges nothing: ticks are a cache, read on from a position of its own, and what they say is checked as well.
"""

import asyncio

import pytest
import redis

from ai_minimal.adapters.streams import Streams
from oi_common.connections import connect_redis
from support.bench.ticks import BATCH, fields_of

STREAM = "oi:ticks:{NIFTY}"


@pytest.fixture
def ours(redis_url):
    with redis.Redis.from_url(redis_url) as client, client.pipeline(transaction=False) as pipe:
        for tick in BATCH:
            pipe.xadd(STREAM, fields_of(tick))
        pipe.execute()

    async def read():
        client = connect_redis(redis_url)
        streams, seen = Streams(client, "NIFTY"), 0
        while seen < len(BATCH):
            seen += len((await streams.news()).ticks)
        await client.aclose()

    return lambda: asyncio.run(read())


def test_reading_ticks_beats_faststream_in_batches(peers, ours, compare, result):
    print()  # noqa: T201 - the table begins on a line of its own

    ratios = compare(
        "ticks",
        len(BATCH),
        {
            "faststream, batch=True, 500 a batch, pydantic": lambda: peers("consume by faststream"),
            "ours": ours,
        },
    )

    result("consume", "faststream subscriber, batched", 2, ratios["ours"])
    assert ratios["ours"] > 1
