"""The day's budget: hard, shared by all replicas, and never forgotten by a crash."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from oi_common.advice import evidence_of
from oi_common.advice.answers import Advice
from oi_common.advice.prompts import minimal_prompt
from oi_common.connections import connect_redis
from oi_common.errors import Unavailable
from oi_common.llm import Answered, Budget, Question
from oi_common.market.buckets import IST
from support.situations import rising

AT = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
LIMIT = 1_000_000  # millionths: one rupee
AT_ONCE = 60  # a client opens no more than 100 connections


@pytest.fixture
async def budgets(redis_url):
    """The budget as two replicas see it, each with its own connections."""
    clients = [connect_redis(redis_url) for _ in range(2)]
    yield [Budget(client, 1.0) for client in clients]
    for client in clients:
        await client.aclose()


async def test_two_replicas_that_race_never_reserve_more_than_the_day_holds(budgets):
    amounts = [random.Random(place).randint(1, 40_000) for place in range(400)]

    at_once = asyncio.Semaphore(AT_ONCE)

    async def reserve(place, amount):
        async with at_once:
            return await budgets[place % 2].reserve(amount, AT)

    reserved = await asyncio.gather(*(reserve(*each) for each in enumerate(amounts)))

    granted = sum(each.amount for each in reserved if each)
    assert None in reserved
    assert LIMIT - 40_000 < granted <= LIMIT
    assert await budgets[0].spent(AT.date()) == granted


async def test_replicas_that_settle_while_others_reserve_stay_within_the_day(budgets):
    most, spent, at_once = [], 0, asyncio.Semaphore(AT_ONCE)

    async def call(place):
        nonlocal spent
        budget, chance = budgets[place % 2], random.Random(place)
        async with at_once:
            reservation = await budget.reserve(chance.randint(1000, 40_000), AT)
            if reservation is not None:
                cost = chance.randint(0, reservation.amount)
                await budget.settle(reservation, cost)
                spent += cost
                most.append(await budget.spent(AT.date()))

    await asyncio.gather(*(call(place) for place in range(400)))

    assert max(most) <= LIMIT
    assert await budgets[0].spent(AT.date()) == spent


async def test_the_last_millionth_can_be_spent_and_not_one_more(budgets):
    assert await budgets[0].reserve(LIMIT, AT)
    assert await budgets[1].reserve(1, AT) is None
    assert await budgets[1].reserve(0, AT)


async def test_a_reservation_that_nobody_settles_stays_counted_and_a_new_day_begins_at_midnight_in_india(
    budgets,
):
    late = datetime(2026, 11, 18, 23, 59, tzinfo=IST)
    assert await budgets[0].reserve(LIMIT, late)

    refused = await budgets[1].reserve(1, late)
    next_day = await budgets[1].reserve(1, late + timedelta(minutes=1))

    assert refused is None
    assert next_day is not None


async def test_the_count_is_forgotten_after_three_days(budgets, redis_url):
    await budgets[0].reserve(5, AT)

    client = connect_redis(redis_url)
    left = await client.ttl("oi:ai:spent:{2026-11-18}")
    await client.aclose()

    assert 3 * 86400 - 60 <= left <= 3 * 86400


async def test_while_redis_is_away_nothing_may_be_spent(own_redis):
    process, url = own_redis
    client = connect_redis(url)
    process.kill()

    with pytest.raises(Unavailable):
        await Budget(client, 1.0).reserve(1, AT)
    await client.aclose()


async def test_replicas_that_ask_at_the_same_time_stay_within_the_budget(open_client, redis, clock):
    calls = []
    evidence = evidence_of(rising())
    question = Question("minimal", "NIFTY", "e", minimal_prompt(evidence), Advice)
    clients = [
        await open_client(calls, budget=0.5, models=("openai/gpt-4o-mini",), request=25.0) for _ in range(2)
    ]

    answers = await asyncio.gather(
        *(clients[place % 2].ask(question, timedelta(seconds=30)) for place in range(60))
    )
    await asyncio.gather(*(client.idle() for client in clients))

    spent = sum(call.cost for call in calls)
    kept = int(await redis.get((await redis.keys("oi:ai:spent:*"))[0]))
    assert spent == kept <= 500_000
    assert any(isinstance(each, Answered) for each in answers)
    assert "budget_spent" in {each.because for each in answers if not isinstance(each, Answered)}
