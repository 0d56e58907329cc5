"""A Redis, a simulated model server with switches, a clock that stands still, and the deep loop itself."""

from contextlib import AsyncExitStack

import httpx
import pytest

from oi_common.connections import connect_redis
from simulator.testing import ManualClock
from support.rich import AT
from support.rich_running import running_ai_rich


@pytest.fixture
def clock():
    return ManualClock(AT)


@pytest.fixture
def calls(exchange):
    """How many requests the model server has seen."""
    return lambda: httpx.get(f"{exchange.rest_url}/simulator/stats").json()["llm"].get("calls", 0)


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def start(redis_url, sqlite_url, exchange, clock, tmp_path):
    """Start deep loops that ask the simulated model until the test ends: start(ai_rich_seconds=1, …)."""
    async with AsyncExitStack() as stack:

        async def started(instance="one", database_url=sqlite_url, **changes):
            model = {"llm_base_url": f"{exchange.rest_url}/llm/v1", "ai_rich_model": ("some/model",)}
            loop = running_ai_rich(
                redis_url, database_url, clock, tmp_path, instance=instance, **{**model, **changes}
            )
            return await stack.enter_async_context(loop)

        yield started
