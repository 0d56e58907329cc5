"""The bucketer after a restart, a lost Redis, a lost lease: the tables are what they would have been."""

from datetime import date

import pytest

from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.leases import Leases
from support import days, ledger, oracle

STREAM = "oi:polls:{NIFTY}"
DAYS = (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20))
EXPIRY = date(2026, 11, 24)


def polls(seed):
    return [
        poll
        for day in DAYS
        for poll in days.random_day(
            day, seed, expiries=(EXPIRY,), opens=ledger.hours_of(day)[0], closes=ledger.hours_of(day)[1]
        )
    ]


async def publish(redis, entries):
    for poll in entries:
        await redis.xadd(STREAM, days.entry(poll))


@pytest.mark.parametrize("rule", ["change_and_new_bucket", "change_or_new_bucket"])
@pytest.mark.parametrize("seed", range(2))
async def test_restarts_between_any_two_polls_change_nothing(redis_url, any_database_url, rule, seed):
    entries = polls(seed)

    for start in range(0, len(entries), 5):
        async with ledger.running_bucketer(redis_url, any_database_url, rule=rule) as (redis, _stop):
            await publish(redis, entries[start : start + 5])
            await ledger.drained(redis, [STREAM])

    expected = oracle.fold(entries, ledger.session_of, "and" if "and" in rule else "or")
    compare(any_database_url, expected)


@pytest.mark.parametrize("seed", range(2))
async def test_a_redis_that_lost_everything_is_made_up_for_from_the_database(
    redis_url, any_database_url, seed
):
    entries = sorted(
        {(p["feed_time"], p["polled_at"]): p for p in polls(seed)}.values(),
        key=lambda p: (p["feed_time"], p["polled_at"]),
    )
    half = len(entries) // 2

    for part in (entries[:half], entries[half:]):
        async with ledger.running_bucketer(redis_url, any_database_url) as (redis, _stop):
            await publish(redis, part)
            await ledger.drained(redis, [STREAM])
            await redis.flushall()

    snapshots, buckets, changes = oracle.fold(entries, ledger.session_of, "and")
    stored = ledger.stored(any_database_url)
    told = ("ce_oi", "pe_oi", "ce_oi_change", "pe_oi_change", "ce_oi_day_change", "pe_oi_day_change")
    assert {k: [row[n] for n in told] for k, row in stored[0].items()} == {
        k: [row[n] for n in told] for k, row in snapshots.items()
    }
    assert stored[1] == buckets
    assert sorted(stored[2], key=str) == sorted(changes, key=str)


async def test_a_first_poll_that_is_delivered_again_to_a_redis_without_state_counts_once(
    redis_url, sqlite_url
):
    first = next(poll for poll in polls(1) if poll["polled_at"] > poll["feed_time"])
    for _ in range(2):  # as when the process dies after the tables were written, before Redis was
        async with ledger.running_bucketer(redis_url, sqlite_url) as (redis, _stop):
            await publish(redis, [first])
            await ledger.drained(redis, [STREAM])
            await redis.flushall()

    compare(sqlite_url, oracle.fold([first], ledger.session_of, "and"))


async def test_a_state_of_another_shape_is_rebuilt_from_the_database(redis_url, sqlite_url):
    entries = [poll for poll in polls(2) if poll["polled_at"].date() == DAYS[0]]
    half = len(entries) // 2
    async with ledger.running_bucketer(redis_url, sqlite_url) as (redis, _stop):
        await publish(redis, entries[:half])
        await ledger.drained(redis, [STREAM])
        await redis.hset("oi:state:bucketer:{NIFTY}", f"chain|{EXPIRY}", '{"of": "another version"}')

    async with ledger.running_bucketer(redis_url, sqlite_url) as (redis, _stop):
        await publish(redis, entries[half:])
        await ledger.drained(redis, [STREAM])

    buckets, changes = oracle.fold(entries, ledger.session_of, "and")[1:]
    assert ledger.stored(sqlite_url)[1] == buckets
    assert len(ledger.stored(sqlite_url)[2]) == len(changes)


async def test_a_replica_whose_token_the_database_calls_stale_writes_nothing(redis_url, any_database_url):
    [first, *rest] = [poll for poll in polls(1) if poll["polled_at"].date() == DAYS[0]][:4]
    redis = connect_redis(redis_url)
    await Leases(redis, "bucketer", "elsewhere").raise_token("NIFTY", 0)
    async with ledger.running_bucketer(redis_url, any_database_url) as (client, _stop):
        await publish(client, [first])
        await ledger.drained(client, [STREAM])
        before = ledger.stored(any_database_url)
        # A successor has taken over in the database; ours still believes in its lease.
        set_token(any_database_url, 1000)
        await redis.set("oi:lease:bucketer:{NIFTY}:token", 2000)
        await publish(client, rest)
        await ledger.drained(client, [STREAM])  # by a new lease, whose token exceeds the database's

    assert token(any_database_url) > 2000
    assert before[1].keys() <= ledger.stored(any_database_url)[1].keys()
    await redis.aclose()


def compare(database_url, expected):
    snapshots, buckets, changes = ledger.stored(database_url)
    assert snapshots == expected[0]
    assert buckets == expected[1]
    assert sorted(changes, key=str) == sorted(expected[2], key=str)


def set_token(database_url, value):
    database = Database(database_url)
    database.run_blocking(
        lambda connection: connection.exec_driver_sql(f"update partition_fences set token = {value}")
    )
    database.close()


def token(database_url):
    database = Database(database_url)
    found = database.run_blocking(
        lambda connection: connection.exec_driver_sql("select token from partition_fences").scalar_one()
    )
    database.close()
    return found
