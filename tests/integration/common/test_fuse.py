"""The fuse on dead letters, against a real Redis."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from redis.exceptions import ResponseError

from oi_common import metrics
from oi_common.connections import connect_redis
from oi_common.effects import NOTHING, EffectsWriter, EntryRef
from oi_common.errors import FuseBlown, LeaseLost
from oi_common.events import CandleClosed
from oi_common.leases import Leases
from oi_common.subscriber import DeliveryPolicy, Route, Subscriber

STREAM = "oi:candles:{NIFTY}"
OTHER = "oi:polls:{NIFTY}"
FUSE = "oi:state:fuse:test:{NIFTY}"
QUICK = DeliveryPolicy(block=timedelta(milliseconds=20), wait_when_unavailable=timedelta(milliseconds=20))


def fields(minute=0, **changes):
    entry = {
        "v": "1", "index_name": "NIFTY", "time": f"2026-11-20T10:{minute:02}:00+05:30",
        "open": "1", "high": "3", "low": "1", "close": "2", "source": "live",
    }  # fmt: skip
    return {**entry, **changes}


BAD = fields(open="many")


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def writer(redis):
    return new_writer(redis)


def new_writer(redis, group="test", lease=None):
    made = EffectsWriter(redis, group, state_key="oi:state:test:{NIFTY}", underlying="NIFTY", lease=lease)
    made.redis, made.group = redis, group
    return made


async def given(redis, group, stream, number):
    """Add so many entries, and be given them."""
    with suppress(ResponseError):  # the group is there already
        await redis.xgroup_create(stream, group, id="$", mkstream=True)
    async with redis.pipeline(transaction=False) as pipe:
        for _ in range(number):
            pipe.xadd(stream, BAD)
        await pipe.execute()
    [[_, entries]] = await redis.xreadgroup(group, "NIFTY", {stream: ">"}, count=number)
    return [EntryRef(stream, entry_id) for entry_id, _ in entries]


async def taken(writer, outcomes, stream=STREAM):
    """Handle (.) or bury (x) as many entries; say whether the fuse is blown then."""
    refs = await given(writer.redis, writer.group, stream, len(outcomes))
    for outcome, ref in zip(outcomes, refs, strict=True):
        if outcome == ".":
            await writer.commit(ref, NOTHING)
        else:
            await writer.bury(ref, {"open": "many", "dead_reason": "open: wrong", "dead_group": "test"})
    return await is_blown(writer, stream)


async def is_blown(writer, stream=STREAM):
    try:
        await writer.fuse.check([stream])
    except FuseBlown:
        return True
    return False


@pytest.mark.parametrize(
    ("outcomes", "blows"),
    [
        ("x" * 49, False),
        ("x" * 50, True),
        ("." * 49 + "x" * 49, False),
        ("." * 49 + "x" * 50, True),
        ("." * 50 + "x" * 50, False),
        ("." * 300 + "x" * 100, False),
        ("." * 300 + "x" * 101, True),
        (".x" * 400, False),
        ("xxxx" + ".....x" * 200, False),
    ],
    ids=lambda value: f"{value[:6]}-{len(value)}" if isinstance(value, str) else None,
)
async def test_it_blows_when_50_and_more_than_half_of_the_last_200_were_buried(writer, outcomes, blows):
    assert await taken(writer, outcomes) is blows


async def test_a_blown_fuse_refuses_whatever_comes_next_and_writes_nothing(redis, writer):
    await taken(writer, "x" * 50)
    length = await redis.xlen(f"{STREAM}:dead")

    with pytest.raises(FuseBlown):
        await writer.commit(EntryRef(STREAM, "2-0"), NOTHING)
    with pytest.raises(FuseBlown):
        await writer.bury(EntryRef(STREAM, "2-0"), BAD)

    assert await redis.xlen(f"{STREAM}:dead") == length


async def test_it_says_how_many_of_how_many_why_and_what_to_do(writer):
    await taken(writer, "." * 20 + "x" * 50)

    with pytest.raises(FuseBlown) as blown:
        await writer.fuse.check([OTHER, STREAM])

    assert blown.value.stream == STREAM
    said = str(blown.value)
    assert "test could not process 50 of the last 70 entries of oi:candles:{NIFTY}" in said
    assert "(50 times) because of open: wrong" in said
    assert "`oi dead list`" in said
    assert "`oi dead reset 'oi:candles:{NIFTY}'`" in said


async def test_each_stream_and_each_group_has_its_own(redis, writer):
    await taken(writer, "x" * 50)

    assert await is_blown(writer)
    assert not await taken(writer, "x" * 49, OTHER)
    assert not await is_blown(new_writer(redis, "another"))


async def test_a_stale_lease_is_said_before_a_blown_fuse_and_counts_nothing(redis, writer):
    stale = await Leases(redis, "test", "frozen").acquire("NIFTY")
    await redis.delete(stale.key)
    await taken(writer, "x")

    with pytest.raises(LeaseLost):
        await taken(new_writer(redis, lease=stale), "x")

    assert await redis.hget(FUSE, STREAM) == "x"


async def test_a_long_good_day_writes_nothing_more_to_the_fuse(redis, writer):
    await taken(writer, "." * 200)
    await redis.config_set("notify-keyspace-events", "Kh")
    async with redis.pubsub() as heard:
        await heard.subscribe(f"__keyspace@0__:{FUSE}")

        await taken(writer, "." * 20 + "x")

        told = [await heard.get_message(timeout=1) for _ in range(3)]
    await redis.config_set("notify-keyspace-events", "")
    assert [message["type"] for message in told if message] == ["subscribe", "message"]


def subscriber(redis, taken):
    async def handler(candle):
        taken.append(candle.time.minute)
        return NOTHING

    route = Route(CandleClosed, handler)
    return Subscriber(
        redis, {STREAM: route}, group="test", consumer="NIFTY", writer=new_writer(redis), policy=QUICK
    )


async def run_until_it_ends(redis, taken):
    async with asyncio.timeout(10):
        await subscriber(redis, taken).run(asyncio.Event())


async def test_the_loop_ends_and_a_restart_ends_at_once_without_taking_anything(redis):
    handled = []
    for _ in range(200):
        await redis.xadd(STREAM, BAD)

    for _ in range(3):
        with pytest.raises(FuseBlown):
            await run_until_it_ends(redis, handled)

    assert await redis.xlen(f"{STREAM}:dead") == 50
    assert metrics.FUSE.labels(group="test", stream=STREAM)._value.get() == 1
    assert handled == []


async def test_after_a_reset_what_was_left_is_taken_in_order(redis):
    handled, stop = [], asyncio.Event()
    for _ in range(50):
        await redis.xadd(STREAM, BAD)
    for minute in (0, 3, 6):
        await redis.xadd(STREAM, fields(minute))
    with pytest.raises(FuseBlown):
        await run_until_it_ends(redis, handled)

    await redis.delete(FUSE)
    running = asyncio.create_task(subscriber(redis, handled).run(stop))
    async with asyncio.timeout(10):
        while len(handled) < 3:
            await asyncio.sleep(0.01)
    stop.set()
    await running

    assert handled == [0, 3, 6]
    assert metrics.FUSE.labels(group="test", stream=STREAM)._value.get() == 0
