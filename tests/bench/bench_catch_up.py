"""Catching up: one hour of polls waits in Redis, and the bucketer folds it into the real database."""

import asyncio
import time
from datetime import date, datetime, timedelta
from random import Random

from oi_common.connections import connect_redis
from support import days, ledger

INDICES = {"NIFTY": (24_500, 50), "BANKNIFTY": (55_000, 100)}
EXPIRIES = (date(2026, 11, 24), date(2026, 12, 1))
STRIKES = 41
LIVE_SECONDS = 3600
EVERY_SECONDS = 20
START = datetime(2026, 11, 18, 10, 0, tzinfo=days.INDIA)
AT_LEAST = 50  # times as fast as live


def hour_of(index):
    """Yield an hour of polls of an index: two chains of 41 strikes, of which every tenth contract changes."""
    rng = Random(index)
    middle, step = INDICES[index]
    strikes = [middle + step * (number - STRIKES // 2) for number in range(STRIKES)]
    oi = {
        (expiry, k, s): rng.randrange(10_000) * 65
        for expiry in EXPIRIES
        for k in strikes
        for s in ("CE", "PE")
    }
    for second in range(0, LIVE_SECONDS, EVERY_SECONDS):
        for contract in rng.sample(sorted(oi), len(oi) // 10):
            oi[contract] += 65
        at = START + timedelta(seconds=second)
        for expiry in EXPIRIES:
            chain = {(k, s): units for (of, k, s), units in oi.items() if of == expiry}
            yield days.poll(rng, index, expiry, at, at, chain)


async def fill(redis_url):
    redis, count = connect_redis(redis_url), 0
    for index in INDICES:
        for poll in hour_of(index):
            await redis.xadd(f"oi:polls:{{{index}}}", days.entry(poll))
            count += 1
    await redis.aclose()
    return count


async def caught_up(redis_url, database_url):
    """Return how long it takes from the bucketer's start until all is handled."""
    began = time.perf_counter()
    async with ledger.running_bucketer(redis_url, database_url, indices=tuple(INDICES)) as (redis, _stop):
        await ledger.drained(redis, [f"oi:polls:{{{index}}}" for index in INDICES])
        return time.perf_counter() - began


def test_an_hour_is_caught_up_fifty_times_as_fast_as_it_passed(redis_url, database_url, result):
    polls = asyncio.run(fill(redis_url))

    seconds = asyncio.run(caught_up(redis_url, database_url))

    ratio = LIVE_SECONDS / seconds
    print(f"\n{polls} polls of an hour in {seconds:.1f} s: {polls / seconds:.0f} polls/s, {ratio:.0f}x live")  # noqa: T201 - its purpose
    buckets = ledger.stored(database_url)[1]
    assert sum(bucket["polls"] for bucket in buckets.values()) == polls
    result("an hour of polls caught up after an outage", "live", AT_LEAST, ratio)
    assert ratio > 1
