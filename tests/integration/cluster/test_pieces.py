"""What the services are made of, on a cluster of three nodes: each piece with underlyings that live on different ones."""

import asyncio
import time
from datetime import date, datetime, timedelta

import pytest

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.memory import memory_of
from ingest_ws.adapters.publisher import FlushPolicy, TickPublisher
from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick, entry
from oi_cli.letters import DeadLetters
from oi_common.backfill import BackfillDesk, Progress
from oi_common.clock import CLOCK_KEY, SimulatedClock
from oi_common.connections import check_redis, connect_redis, connect_redis_blocking
from oi_common.effects import Effects, EffectsWriter
from oi_common.errors import FuseBlown, LeaseLost, Unavailable, Unprocessable
from oi_common.events import AlertRaised, ChainPolled, OiChanged, TickReceived, stream_of
from oi_common.fenced import FencedPublisher
from oi_common.fuse import FusePolicy
from oi_common.leases import Leases
from oi_common.limiter import SharedLimiter
from oi_common.llm.budget import Budget
from oi_common.market.buckets import IST
from oi_common.origin import claim_origin
from oi_common.publisher import Publisher
from oi_common.subscriber import DeliveryPolicy, Route, Subscriber
from oi_common.trimming import trim
from oi_common.wire import decode
from support import days, ledger

UNDERLYINGS = ("NIFTY", "BANKNIFTY", "TCS")
AT = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
EXPIRY = date(2026, 11, 24)


def poll(underlying, at=AT, oi=650):
    quotes = {(24_500, "CE"): {"oi": oi, "ltp": 101.5, "volume": 1}}
    told = {"index_name": underlying, "expiry": EXPIRY, "feed_time": at, "polled_at": at, "quotes": quotes}
    return decode(ChainPolled, days.entry(told))


def polls_of(underlying):
    return stream_of(ChainPolled, underlying)


async def test_the_underlyings_live_on_different_nodes(cluster):
    assert len({cluster.master_of(polls_of(name)).port for name in UNDERLYINGS}) == 3


async def test_a_service_finds_the_cluster_fit_and_its_own(redis):
    await check_redis(redis)
    await claim_origin(redis, "wall")
    await claim_origin(redis, "wall")

    assert (await memory_of(redis)).used > 0


async def test_a_cluster_that_nobody_can_reach_is_one_that_is_away(free_port):
    away = connect_redis(f"redis+cluster://127.0.0.1:{free_port}")

    with pytest.raises(Unavailable):
        await check_redis(away)
    with pytest.raises(Unavailable):
        connect_redis_blocking(f"redis+cluster://127.0.0.1:{free_port}")


@pytest.mark.parametrize("underlying", UNDERLYINGS)
async def test_a_partition_has_one_owner(redis, underlying):
    one, other = (Leases(redis, "bucketer", name) for name in ("one", "other"))

    lease = await one.acquire(underlying)
    refused = await other.acquire(underlying)
    renewed = await one.renew(lease)
    await one.release(lease)
    taken = await other.acquire(underlying)

    assert refused is None
    assert renewed
    assert taken.token > lease.token


async def test_an_event_is_published_once_by_the_owner_alone(redis):
    for underlying in UNDERLYINGS:
        leases = Leases(redis, "poller", "one")
        publisher = FencedPublisher(redis, await leases.acquire(underlying))
        told = [await publisher.publish_once(poll(underlying)) for _ in range(2)]
        await redis.delete(f"oi:lease:poller:{{{underlying}}}")

        assert told == [True, False]
        assert await redis.xlen(polls_of(underlying)) == 1
        with pytest.raises(LeaseLost):
            await publisher.publish_once(poll(underlying, at=AT + timedelta(minutes=1)))


async def test_an_alert_of_no_underlying_is_told_once(redis):
    alert = AlertRaised(rule="redis_memory", severity="critical", raised_at=AT, title="full", text="full")

    told = [await Publisher(redis).publish_once(alert) for _ in range(2)]

    assert told[0] is not None
    assert told[1] is None
    assert await redis.xlen("oi:alerts") == 1


async def test_the_rate_limits_of_a_client_code_are_kept_by_all(redis):
    class Clock:
        now_is = AT

        def now(self):
            return self.now_is

        async def sleep_until(self, moment):
            self.now_is = max(self.now_is, moment)

    clock = Clock()
    both = [SharedLimiter(redis, clock, "S1") for _ in range(2)]
    for number in range(4):
        await both[number % 2].acquire("quote")
    until = await both[0].cool_down("quote", timedelta(seconds=5))
    await both[1].acquire("quote")

    assert clock.now() >= until
    assert await redis.exists("oi:limit:{S1}:quote") == 1


async def test_a_budget_is_shared(redis):
    budget = Budget(redis, 1)

    reserved = await budget.reserve(900_000, AT)
    refused = await budget.reserve(900_000, AT)
    await budget.settle(reserved, 1_000)

    assert refused is None
    assert await budget.spent(AT.date()) == 1_000


async def test_wishes_and_reports_of_repairs_go_both_ways(redis):
    desk = BackfillDesk(redis)
    for underlying in UNDERLYINGS:
        await desk.ask(underlying, [AT.date()])
        asked = await desk.asked(underlying)
        await desk.report(underlying, Progress(day=AT.date(), state="published"))

        assert asked == (AT.date(),)
        assert await desk.asked(underlying) == ()
        assert (await desk.reports(underlying))[AT.date()].is_final


async def test_the_exchanges_time_is_followed(redis):
    reading = {"sim": AT.timestamp(), "real": time.time(), "speed": 0, "limit": AT.timestamp()}
    await redis.hset(CLOCK_KEY, mapping=reading)
    clock = SimulatedClock(redis, paced_by="poller")

    await clock.first_reading()
    await clock.sleep_until(AT)

    assert clock.now() == AT
    assert await redis.hexists("oi:clock:waiting", "poller")


async def test_what_no_group_needs_is_trimmed(redis):
    for underlying in UNDERLYINGS:
        stream = polls_of(underlying)
        for number in range(5):
            await redis.xadd(stream, {"n": number}, id=f"{1000 + number}-0")
        await redis.xgroup_create(stream, "bucketer", id="1002-0")

        assert await trim(redis, stream, timedelta(seconds=1), now_ms=100_000) == 3
        assert await redis.xlen(stream) == 2


async def consume(redis, underlying, handler, until, fuse=None):
    leases = Leases(redis, "test", "one")
    lease = await leases.acquire(underlying)
    state = f"oi:state:test:{{{underlying}}}"
    writer = EffectsWriter(
        redis, "test", state_key=state, underlying=underlying, lease=lease, fuse=fuse or FusePolicy()
    )
    subscriber = Subscriber(
        redis,
        {polls_of(underlying): Route(ChainPolled, handler)},
        group="test",
        consumer=underlying,
        writer=writer,
        lease=lease,
        policy=DeliveryPolicy(wait_when_unavailable=timedelta(milliseconds=50)),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(subscriber.run(stop))
    try:
        async with asyncio.timeout(20):
            while not task.done() and not await until():
                await asyncio.sleep(0.02)
        stop.set()
        await task
    finally:
        task.cancel()


@pytest.mark.parametrize("underlying", UNDERLYINGS)
async def test_state_what_follows_and_the_acknowledgement_are_one_step(redis, underlying):
    async def handle(event):
        changed = OiChanged(
            index_name=underlying, expiry=EXPIRY, feed_time=event.feed_time, polled_at=event.polled_at,
            time=event.feed_time, changed=1, total=1, changed_ratio=1.0, changes=(), source="live",
        )  # fmt: skip
        return Effects((changed,), {"last": event.feed_time.isoformat()})

    await Publisher(redis).publish_once(poll(underlying), underlying)

    await consume(redis, underlying, handle, lambda: ledger.is_drained(redis, polls_of(underlying), "test"))

    assert await redis.hgetall(f"oi:state:test:{{{underlying}}}") == {"last": AT.isoformat()}
    assert await redis.xlen(stream_of(OiChanged, underlying)) == 1


async def test_dead_letters_are_found_on_every_node_and_put_back(cluster, redis):
    async def refuse(event):
        raise Unprocessable(f"spot: {event.index_name} makes no sense")

    for underlying in UNDERLYINGS:
        stream = polls_of(underlying)
        await Publisher(redis).publish_once(poll(underlying), underlying)
        await consume(
            redis, underlying, refuse, lambda stream=stream: ledger.is_drained(redis, stream, "test")
        )

    letters = DeadLetters(cluster.url)
    piles = await asyncio.to_thread(letters.piles)
    (letter,) = letters.letters(polls_of("TCS"))
    is_back = letters.retry(polls_of("TCS"), letter.entry_id)

    assert [pile.stream for pile in piles] == sorted(map(polls_of, UNDERLYINGS))
    assert is_back
    assert await redis.xlen(polls_of("TCS")) == 2
    letters.close()


async def test_a_blown_fuse_is_found_and_reset(cluster, redis):
    async def refuse(_event):
        raise Unprocessable("spot: makes no sense")

    for minute in range(4):
        await Publisher(redis).publish_once(poll("TCS", AT + timedelta(minutes=minute)), "TCS")

    async def never():
        return False

    with pytest.raises(FuseBlown):
        await consume(redis, "TCS", refuse, never, fuse=FusePolicy(window=4, least=3))
    letters = DeadLetters(cluster.url)

    assert [fuse.stream for fuse in letters.blown()] == [polls_of("TCS")]
    assert letters.reset(polls_of("TCS")) == ["test"]
    assert letters.blown() == []
    letters.close()


async def test_ticks_reach_the_streams_of_all_underlyings_in_order(cluster, redis):
    buffer = TickBuffer(10_000)
    publisher = TickPublisher(connect_redis_blocking(cluster.url), buffer, FlushPolicy(batch=50))
    contracts = [
        Instrument(name, "NFO", str(number), f"{name}26NOV24500CE", EXPIRY, 24_500, "CE")
        for number, name in enumerate(UNDERLYINGS)
    ]

    publisher.start()
    for number in range(300):
        contract = contracts[number % 3]
        packet = Packet(2, contract.token, int(AT.timestamp()) * 1000, 101.5, volume=number)
        tick = Tick(contract, packet, AT + timedelta(microseconds=number))
        buffer.put([(contract.stream, entry(tick))])
    await asyncio.to_thread(publisher.stop)

    for place, name in enumerate(UNDERLYINGS):
        entries = await redis.xrange(stream_of(TickReceived, name))
        assert [int(fields["volume"]) for _, fields in entries] == list(range(place, 300, 3))
