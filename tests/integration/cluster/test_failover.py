"""A node of the cluster dies while it is at work: its replica takes over, and the tables are what they would have been."""

import asyncio
import time
from datetime import date, datetime, timedelta

import pytest

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import FlushPolicy, TickPublisher
from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick, entry
from oi_common.connections import connect_redis, connect_redis_blocking
from oi_common.errors import Unavailable
from oi_common.events import ChainPolled, TickReceived, stream_of
from oi_common.leases import Leases
from oi_common.market.buckets import IST
from oi_common.publisher import Publisher
from oi_common.wire import decode
from support import days, ledger, oracle
from support.processes import eventually

UNDERLYINGS = ("NIFTY", "BANKNIFTY", "TCS")  # on three nodes
DAYS = (date(2026, 11, 18), date(2026, 11, 19))
EXPIRY = date(2026, 11, 24)
# The node's time-out, the election, and the client's second of waiting; a busy machine is slower than its clock.
GOES_ON_WITHIN = 60.0


def polls(seed):
    told = [
        poll
        for day in DAYS
        for name in UNDERLYINGS
        for poll in days.random_day(
            day,
            seed,
            index=name,
            expiries=(EXPIRY,),
            opens=ledger.hours_of(day)[0],
            closes=ledger.hours_of(day)[1],
        )
    ]
    return sorted(told, key=lambda poll: poll["polled_at"])


async def publish(redis, poll):
    """Publish as the poller does: again and again, until it is there."""
    publisher = Publisher(redis)
    while True:
        try:
            await publisher.publish_once(decode(ChainPolled, days.entry(poll)), poll["index_name"])
        except Unavailable:
            await asyncio.sleep(0.1)
        else:
            return


@pytest.mark.parametrize("victim", ["NIFTY", "TCS"])
async def test_a_fail_over_leaves_the_tables_that_the_polls_say(own_cluster, any_database_url, victim):
    entries = polls(victim)
    third = len(entries) // 3
    streams = [stream_of(ChainPolled, name) for name in UNDERLYINGS]

    async with ledger.running_bucketer(own_cluster.url, any_database_url, indices=UNDERLYINGS) as (
        redis,
        _stop,
    ):
        for poll in entries[:third]:
            await publish(redis, poll)
        # Not before the replica has what it was told: what the next test is about.
        await asyncio.to_thread(
            eventually, own_cluster.replicas_follow, within=GOES_ON_WITHIN, what="replicas follow"
        )
        own_cluster.master_of(stream_of(ChainPolled, victim)).process.kill()
        async with asyncio.timeout(GOES_ON_WITHIN):
            await publish(redis, entries[third])
        for poll in entries[third + 1 :]:
            await publish(redis, poll)
        await ledger.drained(redis, streams)

    expected = oracle.fold(entries, ledger.session_of, "and")
    stored = ledger.stored(any_database_url)
    assert stored[0].keys() == expected[0].keys()
    told = ("ce_oi", "pe_oi", "ce_oi_change", "pe_oi_change", "ce_oi_day_change", "pe_oi_day_change")
    assert {k: [row[n] for n in told] for k, row in stored[0].items()} == {
        k: [row[n] for n in told] for k, row in expected[0].items()
    }
    assert stored[1] == expected[1]
    assert sorted(stored[2], key=str) == sorted(expected[2], key=str)


async def test_the_other_nodes_underlyings_go_on_meanwhile(own_cluster):
    redis = connect_redis(own_cluster.url)
    publisher, poll = Publisher(redis), polls(1)[0]
    await publisher.publish_once(decode(ChainPolled, days.entry(poll)), "NIFTY")
    dead, *_ = (own_cluster.master_of(stream_of(ChainPolled, name)) for name in ("NIFTY",))

    dead.process.kill()
    taken, began = [], time.monotonic()
    while not own_cluster.is_whole():
        try:
            later = poll["polled_at"] + timedelta(seconds=len(taken) + 1)
            entry = days.entry({**poll, "polled_at": later, "index_name": "TCS"})
            await publisher.publish_once(decode(ChainPolled, entry), "TCS")
            taken.append(time.monotonic() - began)
        except Unavailable:
            await asyncio.sleep(0.05)
        assert time.monotonic() - began < GOES_ON_WITHIN

    assert len(taken) > 5
    await redis.aclose()


async def test_a_lease_outlives_the_node_that_it_lay_on(own_cluster):
    redis = connect_redis(own_cluster.url)
    leases = Leases(redis, "bucketer", "one")
    worked, stop = asyncio.Event(), asyncio.Event()
    tokens = []

    async def work(lease, done):
        tokens.append(lease.token)
        worked.set()
        await done.wait()

    working = asyncio.create_task(leases.work_on(("TCS",), work, stop))
    await worked.wait()
    await asyncio.to_thread(eventually, own_cluster.replicas_follow, within=10, what="replicas follow")
    own_cluster.master_of("oi:lease:bucketer:{TCS}").process.kill()
    await asyncio.to_thread(eventually, own_cluster.is_whole, within=GOES_ON_WITHIN, what="failed over")

    async with asyncio.timeout(GOES_ON_WITHIN):
        while True:
            try:
                held = await redis.get("oi:lease:bucketer:{TCS}")
            except Exception:  # noqa: BLE001 - whatever the client says of the dead node; the deadline counts
                held = None
            if held and held.startswith("one|"):
                break
            await asyncio.sleep(0.1)
    stop.set()
    await working
    await redis.aclose()

    assert tokens == sorted(set(tokens))


async def test_ticks_go_on_in_order_and_none_is_there_twice(own_cluster):
    contract = Instrument("TCS", "NFO", "1", "TCS26NOV24500CE", EXPIRY, 24_500, "CE")
    buffer = TickBuffer(100_000)
    policy = FlushPolicy(batch=50, asked_again=timedelta(milliseconds=100))
    publisher = TickPublisher(connect_redis_blocking(own_cluster.url), buffer, policy)
    at = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
    numbers = iter(range(1_000_000))

    def put():
        number = next(numbers)
        packet = Packet(2, contract.token, int(at.timestamp()) * 1000, 101.5, volume=number)
        tick = Tick(contract, packet, at + timedelta(microseconds=number))
        buffer.put([(contract.stream, entry(tick))])

    publisher.start()
    for _ in range(500):
        put()
        await asyncio.sleep(0.001)
    own_cluster.master_of("oi:ticks:{TCS}").process.kill()
    killed_at = next(numbers)
    began = time.monotonic()
    while not own_cluster.is_whole():
        put()
        await asyncio.sleep(0.01)
        assert time.monotonic() - began < GOES_ON_WITHIN
    for _ in range(200):
        put()
    await asyncio.to_thread(lambda: eventually(lambda: not len(buffer), within=GOES_ON_WITHIN, what="sent"))
    await asyncio.to_thread(publisher.stop)

    redis = connect_redis(own_cluster.url)
    there = [int(fields["volume"]) for _, fields in await redis.xrange(stream_of(TickReceived, "TCS"))]
    await redis.aclose()
    assert there == sorted(set(there))
    assert there[-1] > killed_at
    assert next(numbers) - len(there) < 3 * policy.batch  # a flush without an answer, at most
