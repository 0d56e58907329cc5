"""Leases against a real Redis: one owner at a time, handed over, fenced."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from oi_common.connections import connect_redis
from oi_common.leases import LeasePolicy, Leases
from oi_common.metrics import OWNED

QUICK = LeasePolicy(
    lasts=timedelta(milliseconds=400), renewed=timedelta(milliseconds=80), retried=timedelta(milliseconds=40)
)


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


class Replica:
    """One replica that notes which partitions it holds."""

    def __init__(self, redis, name):
        self.leases = Leases(redis, "test", name, QUICK)
        self.held = {}
        self.stop = asyncio.Event()

    async def work(self, lease, stop):
        self.held[lease.partition] = lease
        await stop.wait()
        del self.held[lease.partition]


@asynccontextmanager
async def running(*replicas, partitions=("NIFTY", "BANKNIFTY")):
    tasks = [asyncio.create_task(r.leases.work_on(partitions, r.work, r.stop)) for r in replicas]
    try:
        yield tasks
    finally:
        for replica in replicas:
            replica.stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)


async def eventually(claim, within=5.0):
    async with asyncio.timeout(within):
        while not claim():
            await asyncio.sleep(0.01)


async def test_only_one_replica_holds_a_partition_and_its_token_only_grows(redis):
    first, second = Leases(redis, "test", "a", QUICK), Leases(redis, "test", "b", QUICK)

    held = await first.acquire("NIFTY")

    assert await second.acquire("NIFTY") is None
    assert await first.renew(held)
    await first.release(held)
    taken = await second.acquire("NIFTY")
    assert taken.token > held.token
    assert not await first.renew(held)


async def test_a_restarted_replica_takes_its_own_lease_again_with_a_new_token(redis):
    before = await Leases(redis, "test", "bucketer-1", QUICK).acquire("NIFTY")

    after = await Leases(redis, "test", "bucketer-1", QUICK).acquire("NIFTY")

    assert after.token == before.token + 1
    assert not await Leases(redis, "test", "bucketer-1", QUICK).renew(before)


async def test_a_lease_that_ran_out_is_still_ours_until_another_was_given_one(redis):
    first, second = Leases(redis, "test", "bucketer-1", QUICK), Leases(redis, "test", "bucketer-2", QUICK)
    held = await first.acquire("NIFTY")
    await redis.delete(held.key)

    assert await first.renew(held)
    assert await second.acquire("NIFTY") is None

    await redis.delete(held.key)
    taken = await second.acquire("NIFTY")
    await redis.delete(held.key)
    assert taken.token > held.token
    assert not await first.renew(held)


async def test_a_lease_that_was_given_back_is_not_renewed(redis):
    leases = Leases(redis, "test", "bucketer-1", QUICK)
    held = await leases.acquire("NIFTY")
    await leases.release(held)

    assert not await leases.renew(held)


async def test_a_database_that_remembers_a_higher_token_raises_the_next_one(redis):
    leases = Leases(redis, "test", "a", QUICK)

    await leases.raise_token("NIFTY", 57)

    assert (await leases.acquire("NIFTY")).token == 58


async def test_partitions_are_shared_out_among_the_living_and_taken_over_from_the_dead(redis):
    one, two = Replica(redis, "one"), Replica(redis, "two")

    async with running(one, two) as tasks:
        await eventually(lambda: len(one.held) == len(two.held) == 1)
        tasks[0].cancel()  # dies without a word: its lease must run out by itself
        await eventually(lambda: len(two.held) == 2)


async def test_it_can_be_seen_how_many_partitions_a_replica_owns(redis):
    owned, one = OWNED.labels(service="test"), Replica(redis, "one")

    async with running(one):
        await eventually(lambda: owned._value.get() == 2)

    assert owned._value.get() == 0


async def test_a_full_redis_is_waited_for(own_redis):
    client = connect_redis(own_redis[1])
    one = Replica(client, "one")
    await client.config_set("maxmemory", "1")

    async with running(one) as tasks:
        await asyncio.wait(tasks, timeout=3 * QUICK.renewed.total_seconds())
        assert (one.held, tasks[0].done()) == ({}, False)
        await client.config_set("maxmemory", "0")
        await eventually(lambda: len(one.held) == 2)
    await client.aclose()


async def test_a_replica_that_stops_gives_its_partitions_back_at_once(redis):
    one, two = Replica(redis, "one"), Replica(redis, "two")

    async with running(one, two):
        await eventually(lambda: len(one.held) + len(two.held) == 2)
        one.stop.set()
        await eventually(lambda: len(two.held) == 2)

    assert await redis.get("oi:lease:test:{NIFTY}") is None


async def test_a_replica_whose_lease_was_taken_stops_working(redis):
    one = Replica(redis, "one")

    async with running(one, partitions=("NIFTY",)):
        await eventually(lambda: one.held)
        await redis.set("oi:lease:test:{NIFTY}", "thief|99", px=300)
        await eventually(lambda: not one.held)
        await eventually(lambda: one.held)  # and takes it again once the thief is gone
