"""The shared limiter on a real Redis, against a slow oracle that counts every window anew."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oi_common.connections import connect_redis
from oi_common.limiter import SharedLimiter
from oi_common.limits import LIMITS, Window
from oi_common.market.buckets import IST
from support.redis_servers import is_redis_up
from support.times import SteppingClock

NINE = datetime(2026, 8, 6, 9, 15, tzinfo=IST)
SECOND = timedelta(seconds=1)
WINDOWS = {
    "quote": (Window(3, SECOND), Window(7, 60 * SECOND), Window(20, 3600 * SECOND)),
    "greeks": (Window(1, 1.1 * SECOND),),
}
clients = count()


def earliest(granted, at, windows):
    """Return the first moment, not before `at` or an earlier grant, at which no window would overflow."""
    begin = max([at, *granted])
    for candidate in sorted({begin, *(g + w.width for g in granted for w in windows if g + w.width > begin)}):
        if all(sum(candidate - w.width < g <= candidate for g in granted) < w.limit for w in windows):
            return candidate
    raise AssertionError("there always is one")


@asynccontextmanager
async def limiters(url, clock, how_many=1, limits=WINDOWS):
    connections = [connect_redis(url) for _ in range(how_many)]
    client = f"A{next(clients)}"
    try:
        yield [SharedLimiter(redis, clock, client, limits) for redis in connections]
    finally:
        for redis in connections:
            await redis.aclose()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pauses=st.lists(st.integers(0, 40_000_000), min_size=1, max_size=40),
    category=st.sampled_from(["quote", "greeks"]),
)
def test_every_grant_is_the_earliest_that_all_windows_allow(redis_url, pauses, category):
    async def compare():
        clock, granted = SteppingClock(NINE), []
        async with limiters(redis_url, clock, 2) as pair:
            for turn, pause in enumerate(pauses):
                clock.advance(timedelta(microseconds=pause))
                expected = earliest(granted, clock.now(), WINDOWS[category])
                await pair[turn % 2].acquire(category)
                assert clock.now() == expected
                granted.append(expected)

    asyncio.run(compare())


async def test_many_at_once_are_served_in_turn_and_none_starves(redis_url):
    clock, served = SteppingClock(NINE), []
    async with limiters(redis_url, clock, 4) as several:

        async def ask(limiter):
            await limiter.acquire("quote")
            served.append(clock.now())

        await asyncio.gather(*(ask(several[i % 4]) for i in range(20)))

    assert len(served) == 20
    assert clock.now() - NINE < timedelta(minutes=4)


async def test_who_was_stopped_while_it_waited_lets_the_others_turns_pass(redis_url, monkeypatch):
    monkeypatch.setattr("oi_common.limiter._STALLED", 0.1)
    clock, tenth = SteppingClock(NINE), SECOND / 10
    async with limiters(redis_url, clock, 2, {"greeks": (Window(1, tenth),)}) as [first, second]:

        class Stopped(SteppingClock):
            async def sleep_until(self, moment):
                if not self.slept:
                    await second.acquire("greeks")
                    time.sleep(0.5)  # noqa: ASYNC251 - the whole process stands still, for real
                await super().sleep_until(moment)

        first._clock = Stopped(NINE)
        await first.acquire("greeks")

        await first.acquire("greeks")

    assert (clock.now(), first._clock.now()) == (NINE + 2 * tenth, NINE + 3 * tenth)


async def test_categories_and_client_codes_do_not_wait_for_one_another(redis_url):
    clock = SteppingClock(NINE)
    async with limiters(redis_url, clock) as [ours], limiters(redis_url, clock) as [theirs]:
        await ours.acquire("greeks")

        await ours.acquire("quote")
        await theirs.acquire("greeks")

    assert clock.slept == []


async def test_a_cool_down_holds_everyone_and_survives_a_restart(redis_url):
    clock = SteppingClock(NINE)
    async with limiters(redis_url, clock, 2) as [first, second]:
        until = await first.cool_down("quote", 5 * SECOND)

        await second.acquire("quote")

    assert until == clock.now() == NINE + 5 * SECOND


async def test_cool_downs_grow_on_repetition_and_shrink_when_it_stays_quiet(redis_url):
    clock, lengths = SteppingClock(NINE), []
    async with limiters(redis_url, clock) as [limiter]:
        for pause in (1, 1, 1, 3600):
            before = clock.now()
            lengths.append(await limiter.cool_down("quote", 5 * SECOND) - before)
            clock.at = before + lengths[-1] + pause * SECOND
        lengths.append(await limiter.cool_down("quote", 5 * SECOND) - clock.now())

    assert [length // SECOND for length in lengths] == [5, 10, 20, 40, 5]


async def test_refusals_of_requests_that_were_already_under_way_count_once(redis_url):
    clock = SteppingClock(NINE)
    async with limiters(redis_url, clock, 2) as [first, second]:
        until = await first.cool_down("quote", 5 * SECOND)
        clock.advance(SECOND)

        assert await second.cool_down("quote", 5 * SECOND) == until


async def test_a_request_that_waits_when_the_cool_down_begins_waits_for_its_end(redis_url):
    clock = SteppingClock(NINE)

    class Interrupted(SteppingClock):
        async def sleep_until(self, moment):
            if not self.slept:
                await first.cool_down("greeks", 30 * SECOND)
            await super().sleep_until(moment)

    clock = Interrupted(NINE)
    async with limiters(redis_url, clock, 2) as [first, second]:
        await first.acquire("greeks")
        await second.acquire("greeks")

    assert clock.now() == NINE + 30 * SECOND


async def test_time_that_begins_anew_is_not_held_up_by_the_run_before(redis_url):
    clock = SteppingClock(NINE + timedelta(hours=6))
    async with limiters(redis_url, clock) as [limiter]:
        await limiter.cool_down("quote", 5 * SECOND)
        await limiter.acquire("quote")
        clock.at, clock.slept = NINE, []

        await limiter.acquire("quote")

    assert clock.slept == []


async def test_steady_polling_never_drifts(redis_url):
    clock, late = SteppingClock(NINE), []
    async with limiters(redis_url, clock, limits=LIMITS) as [limiter]:
        for slot in range(60):
            await clock.sleep_until(NINE + slot * 20 * SECOND)
            for _ in range(8):
                await limiter.acquire("quote")
            late.append(clock.now() - (NINE + slot * 20 * SECOND))

    assert set(late) == {SECOND}


async def test_without_redis_it_goes_on_at_half_the_rate(own_redis):
    process, url = own_redis
    clock = SteppingClock(NINE)
    async with limiters(url, clock, limits=LIMITS) as [limiter]:
        await limiter.acquire("quote")
        process.kill()
        clock.advance(60 * SECOND)
        begin = clock.now()

        for _ in range(11):
            await limiter.acquire("quote")

        assert clock.now() - begin == 5 * SECOND
        await limiter.cool_down("quote", 5 * SECOND)
        await limiter.acquire("quote")
        assert clock.now() - begin == 10 * SECOND


async def test_what_was_sent_while_redis_was_away_counts_when_it_is_back(own_redis, monkeypatch):
    process, url = own_redis
    clock = SteppingClock(NINE)
    monkeypatch.setattr("oi_common.limiter._REDIS_RESTS", 0.0)
    async with limiters(url, clock) as [limiter]:
        process.kill()
        await limiter.acquire("greeks")
        process.start()
        process.wait_until(lambda: is_redis_up(url), within=10)

        await limiter.acquire("greeks")

    assert clock.now() - NINE == 1.1 * SECOND


async def test_an_unknown_category_is_a_mistake(redis_url):
    async with limiters(redis_url, SteppingClock(NINE)) as [limiter]:
        with pytest.raises(KeyError):
            await limiter.acquire("orders")
