"""A desk with a real model server (the simulator's), a real Redis, and a clock that stands still."""

from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from oi_common.advice import MINIMAL, Desk
from oi_common.connections import connect_redis
from oi_common.llm import AskPolicy, LlmSettings, open_llm
from simulator.testing import ManualClock
from support.situations import AT

MODELS = ("openai/gpt-4o-mini", "qwen/qwen-2.5-7b-instruct")


@pytest.fixture
def clock():
    """The services' clock."""
    return ManualClock(AT)


@pytest.fixture
def counted(exchange):
    """What the model server says it has seen."""
    return lambda: httpx.get(f"{exchange.rest_url}/simulator/stats").json()["llm"]


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def open_client(exchange, redis, clock):
    """Open clients of the model server: open_client(calls, budget=…, models=…, request=seconds)."""
    async with AsyncExitStack() as stack:

        async def opened(calls, *, budget=100.0, models=MODELS, request=2.0, **settings):
            known = LlmSettings(
                llm_base_url=f"{exchange.rest_url}/llm/v1", ai_daily_budget_inr=budget, **settings
            )
            policy = AskPolicy(request=timedelta(seconds=request))
            return await stack.enter_async_context(
                open_llm(known, models, redis, clock, calls.append, policy)
            )

        yield opened


@pytest.fixture
async def open_desk(open_client, clock):
    """Open desks of the minimal loop: open_desk(calls, …) with the terms of open_client."""

    async def opened(calls, policy=MINIMAL, **terms):
        return Desk(policy, await open_client(calls, **terms), clock)

    return opened
