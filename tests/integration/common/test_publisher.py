import asyncio

import pytest

from oi_common.connections import check_redis, connect_redis
from oi_common.errors import Misconfigured, Unavailable
from oi_common.events import AlertRaised, CandleClosed
from oi_common.metrics import PUBLISHED
from oi_common.publisher import Publisher

CANDLE = CandleClosed.model_validate(
    {
        "index_name": "NIFTY", "time": "2026-11-20T10:00:00+05:30",
        "open": 1, "high": 3, "low": 1, "close": 2, "source": "live",
    }
)  # fmt: skip


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


async def test_an_event_published_once_is_there_once_whoever_repeats_it(redis):
    counter = PUBLISHED.labels(stream="oi:candles:{NIFTY}")
    before = counter._value.get()

    ids = await asyncio.gather(*(Publisher(redis).publish_once(CANDLE, "NIFTY") for _ in range(20)))

    assert len([entry_id for entry_id in ids if entry_id]) == 1
    assert await redis.xlen("oi:candles:{NIFTY}") == 1
    assert counter._value.get() == before + 1


async def test_an_entry_reads_like_a_record_with_redis_cli(redis):
    await Publisher(redis).publish_once(CANDLE, "NIFTY")

    [(_, fields)] = await redis.xrevrange("oi:candles:{NIFTY}", count=1)
    assert fields["event_id"] == "candles:NIFTY:2026-11-20T10:00:00+05:30:live"
    assert (fields["time"], fields["close"]) == ("2026-11-20T10:00:00+05:30", "2.0")


async def test_a_redis_that_is_away_is_unavailable(own_redis):
    process, url = own_redis
    client = connect_redis(url)
    process.kill()

    with pytest.raises(Unavailable, match="redis did not take an entry"):
        await Publisher(client).publish_once(CANDLE, "NIFTY")
    await client.aclose()


async def test_a_redis_that_would_evict_streams_is_refused(own_redis):
    client = connect_redis(own_redis[1])
    await check_redis(client)
    await client.config_set("maxmemory-policy", "allkeys-lru")

    with pytest.raises(Misconfigured, match="maxmemory-policy is allkeys-lru"):
        await check_redis(client)
    await client.aclose()


async def test_a_full_redis_is_unavailable_and_takes_the_entry_once_there_is_room(own_redis):
    client = connect_redis(own_redis[1])
    publisher = Publisher(client)
    await client.config_set("maxmemory", "1")

    with pytest.raises(Unavailable, match="redis is full"):
        await publisher.publish_once(CANDLE, "NIFTY")
    await client.config_set("maxmemory", "0")

    assert await publisher.publish_once(CANDLE, "NIFTY")
    await client.aclose()


async def test_an_event_of_a_stream_without_partitions_is_published_once(redis):
    alert = AlertRaised(
        rule="redis_memory",
        severity="critical",
        raised_at="2026-11-20T10:00:00+05:30",
        title="full",
        text="full",
    )

    ids = [await Publisher(redis).publish_once(alert) for _ in range(3)]

    assert [entry_id is not None for entry_id in ids] == [True, False, False]
    [(_, fields)] = await redis.xrange("oi:alerts")
    assert fields["rule"] == "redis_memory"
    assert await redis.exists(f"oi:once:{{oi:alerts}}:{alert.event_id}")
