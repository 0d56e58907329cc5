"""The consumer loop's promises, each against a real Redis."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from redis.exceptions import RedisError

from oi_common import metrics
from oi_common.connections import connect_redis
from oi_common.effects import NOTHING, Effects, EffectsWriter, EntryRef
from oi_common.errors import LeaseLost, Unavailable, Unprocessable
from oi_common.events import CandleClosed
from oi_common.leases import Leases
from oi_common.subscriber import DeliveryPolicy, Route, Subscriber
from oi_common.wire import decode

STREAM = "oi:candles:{NIFTY}"
FAST = DeliveryPolicy(
    block=timedelta(milliseconds=20),
    wait_when_unavailable=timedelta(milliseconds=20),
    reclaim_after=timedelta(milliseconds=50),
    max_deliveries=3,
)


def fields(minute, **changes):
    entry = {
        "v": "1", "index_name": "NIFTY", "time": f"2026-11-20T10:{minute:02}:00+05:30",
        "open": "1", "high": "3", "low": "1", "close": "2", "source": "live",
    }  # fmt: skip
    return {**entry, **changes}


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


class Taken:
    """A handler that notes what it is given, and fails as it is told."""

    def __init__(self, *failures, effects=NOTHING):
        self.minutes = []
        self.failures = list(failures)
        self.effects = effects

    async def __call__(self, candle):
        self.minutes.append(candle.time.minute)
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        return self.effects


@asynccontextmanager
async def consuming(redis, handler, *, consumer="NIFTY", lease=None, restore=None):
    stop = asyncio.Event()
    writer = EffectsWriter(redis, "test", state_key="oi:state:test:{NIFTY}", underlying="NIFTY", lease=lease)
    subscriber = Subscriber(
        redis,
        {STREAM: Route(CandleClosed, handler)},
        group="test",
        consumer=consumer,
        writer=writer,
        lease=lease,
        restore=restore,
        policy=FAST,
    )
    task = asyncio.create_task(subscriber.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait([task], timeout=5)


async def eventually(claim, within=5.0):
    async with asyncio.timeout(within):
        while not await claim():
            await asyncio.sleep(0.01)


async def pending(redis):
    return (await redis.xpending(STREAM, "test"))["pending"]


def settled(redis, handler, count):
    async def claim():
        return len(handler.minutes) >= count and await pending(redis) == 0

    return claim


async def test_what_a_handler_returns_is_acknowledged_in_order(redis):
    for minute in (0, 3, 6):
        await redis.xadd(STREAM, fields(minute))
    handler = Taken()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 3))

    assert handler.minutes == [0, 3, 6]


async def test_an_entry_that_makes_no_sense_is_buried_and_the_good_one_behind_it_handled(redis):
    bad = await redis.xadd(STREAM, fields(0, open="many"))
    await redis.xadd(STREAM, fields(3))
    handler = Taken()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 1))

    [(_, dead)] = await redis.xrange(f"{STREAM}:dead")
    assert handler.minutes == [3]
    assert "open: " in dead["dead_reason"]
    assert "'many'" in dead["dead_reason"]
    assert (dead["dead_group"], dead["dead_from_id"], dead["open"]) == ("test", bad, "many")


async def test_bytes_that_are_no_text_are_buried_as_they_came(redis):
    await redis.xadd(STREAM, {**fields(0, open="many"), b"note": b"\xff\xfe", b"\xff": "1"})
    await redis.xadd(STREAM, fields(3))
    handler = Taken()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 1))

    [(_, dead)] = await redis.xrange(f"{STREAM}:dead")
    told = {os.fsencode(name): os.fsencode(text) for name, text in dead.items()}
    assert handler.minutes == [3]
    assert told[b"note"] == b"\xff\xfe"
    assert told[b"\xff"] == b"1"


async def test_what_the_handler_calls_unprocessable_is_buried_at_once(redis):
    await redis.xadd(STREAM, fields(0))
    handler = Taken(Unprocessable("index_name: belongs elsewhere"))

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 1))

    [(_, dead)] = await redis.xrange(f"{STREAM}:dead")
    assert handler.minutes == [0]
    assert dead["dead_reason"] == "index_name: belongs elsewhere"


async def test_an_outage_buries_and_skips_nothing_however_long_it_lasts(redis):
    for minute in (0, 3):
        await redis.xadd(STREAM, fields(minute))
    handler = Taken(*[Unavailable("database: away")] * 10)

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 12))

    assert handler.minutes == [0] * 11 + [3]
    assert await redis.xlen(f"{STREAM}:dead") == 0


async def test_a_bug_is_tried_again_and_buried_when_it_persists(redis):
    for minute in (0, 3):
        await redis.xadd(STREAM, fields(minute))
    handler = Taken(*[RuntimeError("a bug")] * 3)

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 4))

    [(_, dead)] = await redis.xrange(f"{STREAM}:dead")
    assert handler.minutes == [0, 0, 0, 3]
    assert dead["dead_reason"] == "RuntimeError: a bug (tried 3 times)"


async def test_a_restart_takes_its_own_unfinished_entries_first(redis):
    await redis.xgroup_create(STREAM, "test", id="0", mkstream=True)
    for minute in (0, 3, 6):
        await redis.xadd(STREAM, fields(minute))
    await redis.xreadgroup("test", "NIFTY", {STREAM: ">"}, count=2)
    handler = Taken()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 3))

    assert handler.minutes == [0, 3, 6]


async def test_entries_of_a_dead_consumer_of_a_shared_group_are_claimed(redis):
    await redis.xgroup_create(STREAM, "test", id="0", mkstream=True)
    await redis.xadd(STREAM, fields(0))
    await redis.xreadgroup("test", "the-dead", {STREAM: ">"})
    handler = Taken()

    async with consuming(redis, handler, consumer="the-living"):
        await eventually(settled(redis, handler, 1))

    assert handler.minutes == [0]


async def test_an_entry_that_was_trimmed_away_is_buried_with_its_reason(redis):
    await redis.xgroup_create(STREAM, "test", id="0", mkstream=True)
    await redis.xadd(STREAM, fields(0))
    await redis.xreadgroup("test", "NIFTY", {STREAM: ">"})
    await redis.xtrim(STREAM, maxlen=0)
    await redis.xadd(STREAM, fields(3))
    handler = Taken()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 1))

    [(_, dead)] = await redis.xrange(f"{STREAM}:dead")
    assert handler.minutes == [3]
    assert "trimmed" in dead["dead_reason"]


async def test_a_stop_finishes_the_entry_in_hand_and_leaves_the_rest_pending(redis):
    for minute in (0, 3, 6):
        await redis.xadd(STREAM, fields(minute))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handler(_candle):
        begun.set()
        await go_on.wait()
        return NOTHING

    async with consuming(redis, handler) as task:
        await begun.wait()
        stopping = asyncio.get_running_loop().call_later(0.05, go_on.set)
    stopping.cancel()
    go_on.set()
    await asyncio.wait_for(task, 5)

    assert await pending(redis) == 2


async def test_state_events_and_acknowledgement_are_written_together(redis):
    await redis.xadd(STREAM, fields(0))
    told = CandleClosed.model_validate({**fields(3), "v": 1})
    handler = Taken(effects=Effects(publish=(told,), state={"last": "10:00"}, forget=("older",)))
    await redis.hset("oi:state:test:{NIFTY}", "older", "09:57")
    published = metrics.PUBLISHED.labels(stream=STREAM)
    before = published._value.get()

    async with consuming(redis, handler):
        await eventually(settled(redis, handler, 2))  # the published candle lands on the same stream

    assert published._value.get() > before
    assert await redis.hgetall("oi:state:test:{NIFTY}") == {"last": "10:00"}
    assert handler.minutes[:2] == [0, 3]


async def test_a_stale_lease_changes_nothing_and_ends_the_loop(redis):
    leases = Leases(redis, "test", "frozen")
    stale = await leases.acquire("NIFTY")
    await leases.release(stale)
    await Leases(redis, "test", "successor").acquire("NIFTY")
    await redis.xadd(STREAM, fields(0))
    handler = Taken(effects=Effects(state={"last": "written by the frozen one"}))

    async with consuming(redis, handler, lease=stale) as task:
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(asyncio.shield(task), 5)

    assert await redis.hgetall("oi:state:test:{NIFTY}") == {}
    assert await pending(redis) == 1


async def test_what_a_former_owner_was_given_is_handled_in_its_order(redis):
    lease = await Leases(redis, "test", "new").acquire("NIFTY")
    handler = Taken()

    async with consuming(redis, handler, lease=lease):
        await redis.xadd(STREAM, fields(0))
        await eventually(settled(redis, handler, 1))
        async with redis.pipeline(transaction=True) as pipe:
            pipe.xadd(STREAM, fields(3))
            pipe.xreadgroup("test", "NIFTY", {STREAM: ">"})  # woken up, it does not know yet
            pipe.xadd(STREAM, fields(6))
            await pipe.execute()
        await eventually(settled(redis, handler, 3))

    assert handler.minutes == [0, 3, 6]


async def test_state_is_restored_at_the_start_and_after_every_failure(redis):
    await redis.xadd(STREAM, fields(0))
    restored = []

    async def restore():
        restored.append(1)

    handler = Taken(Unavailable("database: away"), RuntimeError("a bug"))
    async with consuming(redis, handler, restore=restore):
        await eventually(settled(redis, handler, 3))

    assert len(restored) == 3


async def test_a_group_that_vanished_is_made_again(redis):
    handler = Taken()

    async with consuming(redis, handler):
        await redis.xadd(STREAM, fields(0))
        await eventually(settled(redis, handler, 1))
        await redis.delete(STREAM)
        await redis.xadd(STREAM, fields(3))
        await eventually(lambda: asyncio.sleep(0, handler.minutes == [0, 3]))


async def test_a_redis_restart_loses_nothing(own_redis):
    process, url = own_redis
    client = connect_redis(url)
    handler = Taken()

    async with consuming(client, handler):
        await client.xadd(STREAM, fields(0))
        await eventually(settled(client, handler, 1))
        process.kill()
        process.start()
        await eventually(lambda: answers(client), within=15)
        await client.xadd(STREAM, fields(3))
        await eventually(lambda: asyncio.sleep(0, handler.minutes == [0, 3]), within=15)
    await client.aclose()


async def test_a_full_redis_is_waited_for_and_nothing_is_lost(own_redis):
    client = connect_redis(own_redis[1])
    await client.xadd(STREAM, fields(0))
    begun, go_on, minutes = asyncio.Event(), asyncio.Event(), []

    async def handler(candle):
        minutes.append(candle.time.minute)
        begun.set()
        await go_on.wait()
        return Effects(state={"last": "10:00"})

    async with consuming(client, handler) as task:
        await begun.wait()
        await client.config_set("maxmemory", "1")
        waits = metrics.WAITS.labels(group="test")._value.get()
        go_on.set()
        await eventually(lambda: asyncio.sleep(0, metrics.WAITS.labels(group="test")._value.get() > waits))
        assert not task.done()
        assert await client.hgetall("oi:state:test:{NIFTY}") == {}
        await client.config_set("maxmemory", "0")
        await eventually(lambda: is_settled(client))

    assert minutes == [0, 0]
    assert await client.hgetall("oi:state:test:{NIFTY}") == {"last": "10:00"}
    await client.aclose()


async def is_settled(redis):
    return await pending(redis) == 0


async def answers(client):
    try:
        return await client.ping()
    except RedisError:
        return False


async def test_a_commit_that_arrives_twice_is_done_once(redis):
    await redis.xadd(STREAM, fields(0))
    await redis.xgroup_create(STREAM, "test", id="0")
    await redis.xreadgroup("test", "NIFTY", {STREAM: ">"})
    [(entry_id, _)] = await redis.xrange(STREAM)
    writer = EffectsWriter(redis, "test", state_key="oi:state:test:{NIFTY}", underlying="NIFTY", lease=None)
    ref = EntryRef(STREAM, entry_id)
    first = Effects(publish=(decode(CandleClosed, fields(3)),), state={"last": "first"})

    await writer.commit(ref, first)
    await redis.hset("oi:state:test:{NIFTY}", "last", "written since")
    await writer.commit(ref, first)
    await writer.bury(ref, {"dead_reason": "too late"})

    assert len(await redis.xrange(STREAM)) == 2
    assert await redis.hgetall("oi:state:test:{NIFTY}") == {"last": "written since"}
    assert not await redis.exists(f"{STREAM}:dead")
