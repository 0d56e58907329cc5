"""The publisher against a real Redis that comes and goes."""

import asyncio
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from redis.exceptions import ConnectionError  # noqa: A004 - the driver's name

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import FlushPolicy, TickPublisher
from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick, entry
from oi_common.connections import connect_redis_blocking
from oi_common.events import TickReceived
from oi_common.market.buckets import IST
from oi_common.wire import decode

OPTION = Instrument("NIFTY", "NFO", "43521", "NIFTY27JAN2624500CE", date(2026, 1, 27), 24_500, "CE")
VIX = Instrument("INDIAVIX", "NSE", "99926017", "India VIX")
AT = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
STREAM = "oi:ticks:{NIFTY}"
QUICK = FlushPolicy(batch=50, asked_again=timedelta(milliseconds=50))


def tick(number, instrument=OPTION):
    """Return its entry."""
    packet = Packet(2, instrument.token, int(AT.timestamp()) * 1000, 101.5, volume=number)
    return instrument.stream, entry(Tick(instrument, packet, AT + timedelta(microseconds=number)))


def dropped(reason):
    return REGISTRY.get_sample_value("oi_ingest_ws_ticks_dropped_total", {"reason": reason}) or 0


def published(url, stream=STREAM):
    """Return what lies in the stream; nothing while Redis is away."""
    with suppress(ConnectionError), Redis.from_url(url, decode_responses=True) as client:
        return [decode(TickReceived, fields) for _, fields in client.xrange(stream)]
    return []


@pytest.fixture
def publishing():
    """Start a publisher onto a Redis: publishing(url) -> (buffer, publisher)."""
    started = []

    def start(url, most=10_000):
        buffer = TickBuffer(most)
        publisher = TickPublisher(connect_redis_blocking(url), buffer, QUICK)
        publisher.start()
        started.append(publisher)
        return buffer, publisher

    yield start
    for publisher in started:
        publisher.stop()


async def test_ticks_arrive_in_order_and_each_on_its_underlyings_stream(redis_url, publishing, until):
    buffer, _ = publishing(redis_url)

    for number in range(200):
        buffer.put([tick(number)])
    buffer.put([tick(0, VIX)])

    await until(lambda: len(published(redis_url)) == 200)
    assert [event.volume for event in published(redis_url)] == list(range(200))
    assert [event.symbol for event in published(redis_url, "oi:ticks:{INDIAVIX}")] == ["India VIX"]


async def test_stopping_publishes_what_still_waits(redis_url, publishing):
    buffer, publisher = publishing(redis_url)
    for number in range(500):
        buffer.put([tick(number)])

    await asyncio.to_thread(publisher.stop)

    assert len(published(redis_url)) == 500
    assert len(buffer) == 0


async def test_an_outage_costs_a_batch_at_most_and_doubles_nothing(own_redis, publishing, until):
    process, url = own_redis
    buffer, _ = publishing(url)
    buffer.put([tick(0)])
    await until(lambda: len(published(url)) == 1)
    unknown = dropped("unknown_outcome")

    process.stop()
    buffer.put([tick(1)])
    await until(lambda: dropped("unknown_outcome") == unknown + 1)
    for number in range(2, 400):
        buffer.put([tick(number)])
    process.start()

    await until(lambda: len(published(url)) >= 399)
    assert [event.volume for event in published(url)] == [0, *range(2, 400)]


async def test_a_long_outage_costs_the_oldest_ticks_and_counts_them(own_redis, publishing, until):
    process, url = own_redis
    buffer, _ = publishing(url, most=100)
    process.stop()
    buffer.put([tick(0)])
    unknown, full = dropped("unknown_outcome"), dropped("buffer_full")
    await until(lambda: dropped("unknown_outcome") > unknown)

    for number in range(1, 251):
        buffer.put([tick(number)])
    process.start()

    await until(lambda: len(published(url)) >= 100)
    assert [event.volume for event in published(url)] == list(range(151, 251))
    assert dropped("buffer_full") == full + 150


async def test_a_redis_out_of_memory_loses_ticks_loudly_and_goes_on_afterwards(own_redis, publishing, until):
    _, url = own_redis
    buffer, publisher = publishing(url)
    refused = dropped("refused")
    with Redis.from_url(url) as client:
        client.config_set("maxmemory", 1)
        buffer.put([tick(1)])
        await until(lambda: dropped("refused") == refused + 1)

        client.config_set("maxmemory", 0)
    buffer.put([tick(2)])

    await until(lambda: len(published(url)) == 1)
    publisher.check()


async def test_a_stream_that_takes_no_entries_keeps_none_from_the_others(redis_url, publishing, until):
    with Redis.from_url(redis_url) as client:
        client.set(VIX.stream, "not a stream")
    buffer, _ = publishing(redis_url)
    refused = dropped("refused")

    buffer.put([tick(0), tick(0, VIX), tick(1)])

    await until(lambda: dropped("refused") == refused + 1)
    assert [event.volume for event in published(redis_url)] == [0, 1]


async def test_a_flush_is_one_transaction_that_the_disk_is_asked_for_once(own_redis, publishing, until):
    _, url = own_redis
    buffer, _ = publishing(url)

    buffer.put([tick(number) for number in range(QUICK.batch)])

    await until(lambda: len(published(url)) == QUICK.batch)
    with Redis.from_url(url) as client:
        assert client.info("commandstats")["cmdstat_exec"]["calls"] == 1
