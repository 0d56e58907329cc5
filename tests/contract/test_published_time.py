"""The exchange's time in Redis, as the services' own clock reads and paces it."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from oi_common.clock import CLOCK_KEY, WAITING_KEY, SimulatedClock
from oi_common.connections import connect_redis
from simulator.adapters.clock_publisher import ClockPublisher, PublishedClock
from simulator.core.exchange_clock import begun
from simulator.testing import DAY, moment

OPEN = moment(9, 15)


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


async def until(is_so, within=20.0):
    async with asyncio.timeout(within):
        while not is_so():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def market_time(redis, *, speed, resume=True, start=OPEN, pacers=0):
    """Publish simulated time while the body runs; yields the exchange's own clock."""
    clock = PublishedClock(begun(start.timestamp(), time.time(), speed=speed, day=DAY))
    publisher = ClockPublisher(redis, clock, end=moment(15, 50), pacers_needed=pacers)
    await publisher.begin(DAY, speed=speed, resume=resume)
    stop = asyncio.Event()
    task = asyncio.create_task(publisher.run(stop))
    try:
        yield clock
    finally:
        stop.set()
        await task


@asynccontextmanager
async def follower(redis, *, paced_by=None):
    clock = SimulatedClock(redis, paced_by=paced_by)
    await clock.first_reading()
    stop = asyncio.Event()
    task = asyncio.create_task(clock.follow(stop))
    try:
        yield clock
    finally:
        stop.set()
        await task


async def test_who_was_stopped_reads_the_time_before_it_goes_on(redis):
    said = {"sim": OPEN.timestamp(), "real": time.time(), "speed": 20.0, "limit": moment(9, 16).timestamp()}
    await redis.hset(CLOCK_KEY, mapping=said)
    async with follower(redis) as ours:
        missed = asyncio.create_task(ours.sleep_until(moment(9, 16)))
        await asyncio.sleep(0.1)
        await redis.hset(
            CLOCK_KEY, mapping=said | {"sim": moment(9, 30).timestamp(), "limit": moment(9, 45).timestamp()}
        )

        time.sleep(3.5)  # noqa: ASYNC251 - the whole process stands still, for real
        await missed

        assert ours.now() >= moment(9, 30)


async def test_everyone_reads_the_same_time(redis):
    async with market_time(redis, speed=10) as own, follower(redis) as theirs:
        await asyncio.sleep(0.1)
        behind = own.now() - theirs.now()

    assert abs(behind) < timedelta(seconds=2)


async def test_without_pacers_time_runs_at_its_speed(redis):
    async with market_time(redis, speed=600) as own:
        await until(lambda: own.now() > OPEN)
        real = time.time()
        assert own.reading.at(real + 1) - own.reading.at(real) == pytest.approx(600)


async def test_time_stands_still_where_a_pacing_service_works(redis):
    async with market_time(redis, speed=3600, pacers=1) as own, follower(redis, paced_by="poller") as theirs:
        for minute in range(16, 21):
            await theirs.sleep_until(moment(9, minute))
            await asyncio.sleep(0.05)  # its work
            assert theirs.now() == own.now() == moment(9, minute)


async def test_at_full_speed_only_pacers_move_time(redis):
    async with market_time(redis, speed=0) as own:
        await asyncio.sleep(0.05)
        assert own.now() == OPEN
        async with follower(redis, paced_by="poller") as theirs:
            began = time.monotonic()
            await theirs.sleep_until(moment(15, 30))
            assert theirs.now() == own.now() == moment(15, 30)
            assert time.monotonic() - began < 30


async def test_the_slowest_of_two_pacers_decides(redis):
    async with (
        market_time(redis, speed=3600, pacers=2) as own,
        follower(redis, paced_by="poller") as quick,
        follower(redis, paced_by="bucketer") as slow,
    ):
        waiting = asyncio.create_task(quick.sleep_until(moment(10)))
        await slow.sleep_until(moment(9, 20))
        await asyncio.sleep(0.05)
        assert own.now() == moment(9, 20)
        assert not waiting.done()
        await slow.sleep_until(moment(10))
        await waiting


async def test_a_pacer_that_was_killed_goes_stale_and_time_moves_on(redis):
    await redis.hset(WAITING_KEY, "poller:dead", f"{OPEN.timestamp()} {time.time() - 1}")

    async with market_time(redis, speed=3600) as own:
        await asyncio.sleep(0.1)
        assert own.now() == OPEN
        await until(lambda: own.now() > OPEN)


async def test_a_restarted_exchange_goes_on_where_readers_are(redis):
    async with market_time(redis, speed=3600) as own:
        await asyncio.sleep(0.1)
    reached = own.now()
    async with follower(redis) as theirs:
        assert theirs.now() == reached

        async with market_time(redis, speed=3600) as again:
            assert again.now() == reached


async def test_a_fresh_day_begins_at_its_start_when_resuming_is_off(redis):
    async with market_time(redis, speed=3600):
        await asyncio.sleep(0.1)

    async with market_time(redis, speed=1, resume=False) as again:
        assert again.now() == OPEN


async def test_the_day_ends_and_stays_ended(redis):
    async with market_time(redis, speed=3600, start=moment(15, 49)) as own:
        await until(lambda: own.reading.state == "ended")
        assert own.now() == moment(15, 50)
    assert await redis.hget("oi:clock", "state") == "ended"


async def test_while_redis_is_away_the_exchange_keeps_its_time(own_redis):
    process, url = own_redis
    redis = connect_redis(url)
    async with market_time(redis, speed=60) as own:
        await asyncio.sleep(0.05)
        process.kill()
        before = own.now()
        await asyncio.sleep(0.1)
        assert own.now() > before
        process.start()
        async with asyncio.timeout(30), follower(redis) as theirs:
            while abs(own.now() - theirs.now()) > timedelta(seconds=2):
                await asyncio.sleep(0.05)
    await redis.aclose()


async def test_an_exchange_that_starts_before_redis_does_not_turn_time_back(own_redis):
    process, url = own_redis
    redis = connect_redis(url)
    async with market_time(redis, speed=60, start=moment(11, 0)):
        await asyncio.sleep(0.05)
    process.kill()

    async with market_time(redis, speed=60) as own:
        process.start()
        async with asyncio.timeout(30), follower(redis) as theirs:
            assert theirs.now() >= moment(11, 0)
            await until(lambda: own.now() >= moment(11, 0))
    await redis.aclose()


async def test_time_does_not_begin_before_its_pacers_are_there(redis):
    async with market_time(redis, speed=3600, pacers=1) as own:
        await asyncio.sleep(0.1)
        assert own.now() == OPEN

        async with follower(redis, paced_by="poller") as theirs:
            await theirs.sleep_until(OPEN + timedelta(seconds=20))
            assert own.now() == OPEN + timedelta(seconds=20)


async def test_a_day_that_has_ended_stays_ended_after_a_restart(redis):
    async with market_time(redis, speed=3600, start=moment(15, 49)) as own:
        await until(lambda: own.reading.state == "ended")

    async with market_time(redis, speed=3600, start=OPEN) as again:
        await asyncio.sleep(0.05)
        assert again.now() == moment(15, 50)
        assert again.reading.state == "ended"
