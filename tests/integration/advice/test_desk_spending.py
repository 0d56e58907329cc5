"""What the desk does not ask, and what it costs when nobody answers."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

from oi_common.advice import MINIMAL, Desk
from support.situations import rising

WITHIN = timedelta(seconds=5)
QUIET = timedelta(seconds=1)
BUSY = timedelta(seconds=2)  # how much longer a busy machine may take


async def test_a_spent_budget_leaves_the_rules(open_desk, counted):
    desk = await open_desk([], budget=0.0)

    decided = await desk.decide(rising(), within=WITHIN)

    assert decided.rejected_because == "llm:budget_spent"
    assert counted().get("calls", 0) == 0


async def test_a_model_without_a_price_is_not_called_with_a_key(open_desk, counted):
    desk = await open_desk(
        [], models=("some/model",), openrouter_api_key="made-up"
    )  # pragma: allowlist secret

    decided = await desk.decide(rising(), within=WITHIN)

    assert decided.rejected_because == "llm:price_unknown"
    assert counted().get("calls", 0) == 0


async def test_gates_and_callers_save_the_call(open_desk, counted):
    desk = await open_desk([])

    flat = await desk.decide(rising(momentum={12: 0.5}), within=WITHIN)
    same = await desk.decide(rising(), within=WITHIN, ask="unchanged")

    assert (flat.rejected_because, same.rejected_because) == ("gate:flat", "unchanged")
    assert counted().get("calls", 0) == 0


async def test_with_no_model_at_all_the_rules_decide(clock):
    decided = await Desk(MINIMAL, None, clock).decide(rising(), within=WITHIN)

    assert (decided.event.engine, decided.event.decision) == ("rules", "ENTER")
    assert decided.rejected_because == "no_model"
    assert decided.event.cost_inr is None


async def test_a_server_that_is_not_there_costs_nothing_and_takes_no_longer_than_asked(
    open_desk, redis, free_port
):
    calls = []
    desk = await open_desk(calls)
    desk._llm._asker._server.endpoint = replace(
        desk._llm._asker._server.endpoint, base_url=f"http://127.0.0.1:{free_port}/v1"
    )
    began = time.monotonic()

    decided = await desk.decide(rising(), within=QUIET)

    assert decided.rejected_because == "llm:network"
    assert time.monotonic() - began < (QUIET + BUSY).total_seconds()
    assert {(call.cost, call.cost_from) for call in calls} == {(0, "none")}


async def test_a_request_that_is_broken_off_stays_counted_in_full(open_desk, switch, redis, counted):
    calls = []
    desk = await open_desk(calls, request=30.0)
    switch(llm="slow", llm_slow_seconds=20.0)
    asking = asyncio.create_task(desk.decide(rising(), within=timedelta(seconds=30)))
    while not counted().get("calls"):
        await asyncio.sleep(0.02)

    asking.cancel()
    await asyncio.wait({asking})

    assert asking.cancelled()
    (call,) = calls
    assert (call.outcome, call.cost_from) == ("timeout", "reserved")
    assert int(await redis.get((await redis.keys("oi:ai:spent:*"))[0])) == call.cost > 0
