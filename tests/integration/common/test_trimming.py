"""Trimming against a real Redis: age decides, and no group loses what it has not acknowledged."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.clock import CLOCK_KEY, SimulatedClock, WallClock
from oi_common.connections import connect_redis
from oi_common.trimming import EntryId, GroupPosition, first_kept, in_real_time, keep_trimmed, trim

STREAM = "oi:ticks:{NIFTY}"
KEEP = timedelta(minutes=15)
NOW_MS = 1_790_000_000_000
MINUTE_MS = 60_000

ids = st.builds(EntryId, st.integers(0, 10), st.integers(0, 3))
positions = st.builds(GroupPosition, ids, st.none() | ids)


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


async def fill(redis, minutes_ago):
    for ago in minutes_ago:
        await redis.xadd(STREAM, {"ago": ago}, id=f"{NOW_MS - ago * MINUTE_MS}-0")


async def kept(redis):
    return [int(fields["ago"]) for _, fields in await redis.xrange(STREAM)]


async def read(redis, group, count):
    reply = await redis.xreadgroup(group, "one", {STREAM: ">"}, count=count)
    batches = reply[STREAM] if isinstance(reply, dict) else reply[0][1]
    entries = batches[0] if isinstance(batches[0], list) else batches
    return [entry_id for entry_id, _ in entries]


async def test_entries_older_than_the_limit_go_and_the_others_stay(redis):
    await fill(redis, [40, 16, 15, 1])

    removed = await trim(redis, STREAM, KEEP, NOW_MS)

    assert removed == 2
    assert await kept(redis) == [15, 1]


async def test_a_stream_that_does_not_exist_is_left_alone(redis):
    assert await trim(redis, STREAM, KEEP, NOW_MS) == 0
    assert not await redis.exists(STREAM)


async def test_what_a_group_has_not_read_yet_stays_however_old_it_is(redis):
    await fill(redis, [40, 30, 20, 1])
    await redis.xgroup_create(STREAM, "paper-trader", id="0")
    await redis.xack(STREAM, "paper-trader", *await read(redis, "paper-trader", 1))

    removed = await trim(redis, STREAM, KEEP, NOW_MS)

    assert removed == 1
    assert await kept(redis) == [30, 20, 1]


async def test_what_a_group_has_read_but_not_acknowledged_stays(redis):
    await fill(redis, [40, 30, 20, 1])
    await redis.xgroup_create(STREAM, "ai-minimal", id="0")
    first, _, third, _ = await read(redis, "ai-minimal", 4)
    await redis.xack(STREAM, "ai-minimal", first, third)

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == [30, 20, 1]


async def test_the_slowest_of_several_groups_decides(redis):
    await fill(redis, [40, 30, 20, 1])
    for group, count in (("quick", 4), ("slow", 2)):
        await redis.xgroup_create(STREAM, group, id="0")
        await redis.xack(STREAM, group, *await read(redis, group, count))

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == [20, 1]


async def test_a_group_that_is_up_to_date_does_not_keep_old_entries(redis):
    await fill(redis, [40, 30])
    await redis.xgroup_create(STREAM, "quick", id="0")
    await redis.xack(STREAM, "quick", *await read(redis, "quick", 2))

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == []


async def test_trimming_goes_on_until_it_is_told_to_stop(redis):
    await fill(redis, [40])
    stop = asyncio.Event()

    task = asyncio.create_task(keep_trimmed(redis, [STREAM], KEEP, stop, every=timedelta(milliseconds=10)))
    async with asyncio.timeout(5):
        while await redis.xlen(STREAM):
            await asyncio.sleep(0.01)
    stop.set()
    await task

    assert await kept(redis) == []


@given(st.lists(positions), ids)
def test_the_first_kept_entry_is_never_later_than_the_cutoff_or_what_a_group_needs(groups, cutoff):
    first = first_kept(groups, cutoff=cutoff)

    assert first <= cutoff
    assert all(first <= (group.last_delivered.ms, group.last_delivered.sequence + 1) for group in groups)
    assert all(group.oldest_pending is None or first <= group.oldest_pending for group in groups)


@given(ids)
def test_an_id_is_written_as_it_is_read(entry_id):
    assert EntryId.parse(str(entry_id)) == entry_id


@pytest.mark.parametrize(("speed", "minutes"), [(1.0, 15), (0.5, 15), (3.0, 5), (30.0, 2)])
async def test_of_a_market_that_runs_faster_as_much_is_kept_but_never_less_than_two_real_minutes(
    redis, speed, minutes
):
    await redis.hset(CLOCK_KEY, mapping={"sim": NOW_MS / 1000, "real": 0, "speed": speed, "limit": NOW_MS})
    clock = SimulatedClock(redis)
    await clock.first_reading()

    assert in_real_time(KEEP, clock) == timedelta(minutes=minutes)
    assert in_real_time(KEEP, WallClock()) == KEEP


async def test_the_recorder_holds_entries_back_once_more_as_long_and_no_longer(redis):
    await fill(redis, [40, 29, 20, 1])
    await redis.xgroup_create(STREAM, "recorder", id="0")

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == [29, 20, 1]


async def test_what_the_recorder_has_written_goes_as_if_there_were_none(redis):
    await fill(redis, [40, 29, 20, 1])
    await redis.xgroup_create(STREAM, "recorder", id=f"{NOW_MS - 29 * MINUTE_MS}-0")

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == [20, 1]


async def test_a_consumer_is_waited_for_though_the_recorder_is_gone(redis):
    await fill(redis, [40, 29, 20, 1])
    await redis.xgroup_create(STREAM, "recorder", id="0")
    await redis.xgroup_create(STREAM, "bucketer", id="0")

    await trim(redis, STREAM, KEEP, NOW_MS)

    assert await kept(redis) == [40, 29, 20, 1]
