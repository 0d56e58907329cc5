"""The one-second loop with a model server that behaves well and badly."""

import pytest

from oi_common.tables import ai_calls
from support.ai_minimal_running import RunningClock, kept, rising_market, running_ai_minimal, soon, told
from support.model_server import FAULTS

ONE_MODEL = {"ai_minimal_model": ("openai/gpt-4o-mini",)}


async def test_a_model_decides_and_is_asked_on_change_alone(
    redis_url, sqlite_url, tmp_path, model_server, counted
):
    url, _, seen = model_server
    clock = RunningClock(speed=4)
    terms = {"llm_base_url": url, **ONE_MODEL}
    async with (
        running_ai_minimal(redis_url, sqlite_url, tmp_path, clock, **terms) as redis,
        rising_market(redis, clock),
    ):

        async def twenty_beats():
            return counted("oi_ai_minimal_beats") >= 20

        await soon(twenty_beats, what="twenty beats")
        events = await told(redis)

    [advised] = [event for event in events if event.engine == "llm"][:1]
    assert (advised.decision, advised.side, advised.model) == ("ENTER", "CE", "openai/gpt-4o-mini")
    assert not any(event.decision == "ENTER" and event.engine == "rules" for event in events)
    assert 1 <= seen()["calls"] <= 3
    assert len(kept(sqlite_url, ai_calls)) == seen()["calls"] == counted("oi_ai_minimal_asked")
    assert {row["event_id"] for row in kept(sqlite_url, ai_calls)} <= {
        row["event_id"] for row in kept(sqlite_url)
    }
    assert list((tmp_path / "ai").glob("minimal-*.ndjson"))


@pytest.mark.parametrize(("fault", "because", "decision"), FAULTS)
async def test_each_fault_ends_in_a_labelled_decision_of_the_rules_and_no_beat_is_late(
    redis_url, sqlite_url, tmp_path, model_server, counted, in_time, fault, because, decision
):
    url, turn, _ = model_server
    turn(llm=fault, llm_slow_seconds=20.0, llm_retry_after=30.0)
    clock = RunningClock()
    terms = {"llm_base_url": url, "ai_minimal_seconds": 2.0, **ONE_MODEL}

    async with (
        running_ai_minimal(redis_url, sqlite_url, tmp_path, clock, **terms) as redis,
        rising_market(redis, clock),
    ):

        async def answered():
            return counted("oi_ai_minimal_beats") >= 4 and any(
                event.latency_ms for event in await told(redis)
            )

        await soon(answered, what="a decision that was asked for")

    [row] = [row for row in kept(sqlite_url) if row["latency_ms"] is not None]
    assert (row["engine"], row["model"], row["rejected_because"]) == ("rules", None, because)
    assert row["decision"] == decision
    assert in_time()


async def test_with_the_budget_spent_nobody_is_asked_and_the_rules_enter(
    redis_url, sqlite_url, tmp_path, model_server
):
    url, _, seen = model_server
    clock = RunningClock(speed=4)
    terms = {"llm_base_url": url, "openrouter_api_key": "made-up", "ai_daily_budget_inr": 0, **ONE_MODEL}
    async with (
        running_ai_minimal(redis_url, sqlite_url, tmp_path, clock, **terms) as redis,
        rising_market(redis, clock),
    ):

        async def an_entry():
            return any(event.decision == "ENTER" for event in await told(redis))

        await soon(an_entry, what="an entry by the rules")

    assert seen().get("calls", 0) == 0
    assert "llm:budget_spent" in {row["rejected_because"] for row in kept(sqlite_url)}
