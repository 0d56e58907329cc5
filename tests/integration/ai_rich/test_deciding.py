"""The deep loop over real streams, tables and HTTP: every trigger ends in one labelled decision."""

import asyncio
from datetime import timedelta

import pytest

from oi_common.tables import ai_calls
from support.model_server import FAULTS
from support.rich import AT, changed, fair_ticks, saved, sealed
from support.rich_running import (
    CHANGES,
    drained,
    publish,
    published,
    running_ai_rich,
    stored,
    until,
)

LATER = timedelta(seconds=20)


async def test_with_no_model_the_rules_decide_in_words(redis, redis_url, any_database_url, clock, tmp_path):
    async with running_ai_rich(redis_url, any_database_url, clock, tmp_path):
        await publish(redis, *fair_ticks(), changed(), saved())
        await drained(redis)

    [event], [row] = await published(redis), stored(any_database_url)
    assert (event.loop, event.engine, event.decision) == ("rich", "rules", "ENTER")
    assert (event.side, event.strike, event.entry, event.event_time) == ("CE", 24500, 101.5, AT)
    assert event.reason.startswith("ENTER 24500 CE, at 101.50, stop 86.30")
    assert (row["event_id"], row["reason"]) == (event.event_id, event.reason)
    assert (row["rejected_because"], row["lot_size"], row["cost_inr"]) == ("no_model", 65, None)
    assert set(row["baselines"]) == {"rules", "always_wait", "coin_flip"}


async def test_a_model_is_asked_with_the_whole_chain_and_its_call_is_kept(
    redis, start, sqlite_url, calls, tmp_path
):
    await start()
    await publish(redis, *fair_ticks(), saved(AT - timedelta(minutes=3)), changed(), saved())
    await drained(redis)

    [event] = await published(redis)
    assert (event.engine, event.model, calls()) == ("llm", "some/model", 1)
    assert (event.decision, event.side, event.strike, event.entry) == ("ENTER", "CE", 24500, 101.5)
    assert event.stop_loss < event.entry < event.target
    assert "View: " in event.reason
    assert "Levels: 24,400, 24,600." in event.reason
    [row] = stored(sqlite_url)
    assert (row["because"], row["rejected_because"]) == ("advised", None)

    async def is_noted():
        return len(stored(sqlite_url, ai_calls)) == 1

    await until(is_noted, "the call's row")
    [call] = stored(sqlite_url, ai_calls)
    assert (call["loop"], call["event_id"], call["outcome"]) == ("rich", event.event_id, "ok")
    [transcript] = (tmp_path / "ai").glob("rich-*.ndjson")
    for fact in ("window.15m.pe_oi_change", "past.3m.pcr_oi", "leg.24000PE.oi", "row.25000.verdict"):
        assert fact in transcript.read_text()


@pytest.mark.parametrize(("fault", "because", "decision"), FAULTS)
async def test_each_fault_ends_in_a_labelled_decision_of_the_rules(
    redis, start, sqlite_url, switch, fault, because, decision
):
    switch(llm=fault, llm_slow_seconds=3.0, llm_retry_after=30.0)
    await start(ai_rich_seconds=1.0)
    await publish(redis, *fair_ticks(), changed(), saved())
    await drained(redis)

    [event], [row] = await published(redis), stored(sqlite_url)
    assert (event.engine, event.model, event.decision) == ("rules", None, decision)
    assert row["rejected_because"] == because
    assert event.reason.startswith(decision)


async def test_a_spent_budget_leaves_the_rules(redis, start, sqlite_url, calls):
    await start(
        ai_daily_budget_inr=0.0, openrouter_api_key="made-up", ai_rich_model=("openai/gpt-4o-mini",)
    )  # pragma: allowlist secret
    await publish(redis, *fair_ticks(), changed(), saved())
    await drained(redis)

    [row] = stored(sqlite_url)
    assert (row["engine"], row["rejected_because"], calls()) == ("rules", "llm:budget_spent", 0)


async def test_a_slow_model_holds_nothing_up_and_its_old_answer_is_not_used(
    redis, start, sqlite_url, switch, calls, clock
):
    # given: a model that is being asked
    switch(llm={"value": "slow", "times": 1}, llm_slow_seconds=2.0)
    await start()
    await publish(redis, *fair_ticks(), changed(), saved())
    await until(_seen(calls, 1), "the first question")

    # when: three more triggers come meanwhile
    clock.set(AT + 3 * LATER + timedelta(seconds=1))
    await publish(redis, *fair_ticks(AT + 3 * LATER), *(changed(AT + step * LATER) for step in (1, 2, 3)))

    # then: they are read at once, and only the newest of them is decided upon
    async def are_read():
        [group] = await redis.xinfo_groups(CHANGES)
        return group["pending"] == 4

    await until(are_read, "the entries behind it read", within=1.5)
    await drained(redis)
    first, second = stored(sqlite_url)
    assert (first["rejected_because"], first["engine"]) == ("lock:too_late", "rules")
    assert [event.event_time for event in await published(redis)] == [AT, AT + 3 * LATER]
    assert (second["rejected_because"], second["engine"], calls()) == (None, "llm", 2)


async def test_a_sealed_bucket_is_decided_upon_and_small_changes_are_not(redis, start, clock):
    await start()
    clock.set(AT + timedelta(minutes=3))
    await publish(redis, changed(ratio=0.05), saved(), changed(AT + LATER, ratio=0.09), sealed())
    await drained(redis)

    assert [event.event_time for event in await published(redis)] == [AT.replace(minute=3, second=0)]


async def test_triggers_that_are_long_past_are_acknowledged_without_a_decision(
    redis, start, sqlite_url, clock
):
    clock.set(AT + timedelta(hours=1))
    await start()
    await publish(redis, changed(), saved(), changed(AT + LATER))
    await drained(redis)

    assert (await published(redis), stored(sqlite_url)) == ([], [])


async def test_a_decision_is_made_by_the_snapshot_that_came_with_its_change(redis, start):
    await start(llm_base_url=None)
    await publish(redis, *fair_ticks(), saved(AT - timedelta(minutes=3), direction="STRONGLY_BEARISH"))
    await drained(redis)

    await publish(redis, *fair_ticks(), changed(), saved())
    await drained(redis)

    [event] = await published(redis)
    assert "The chain reads bullish" in event.reason


def _seen(calls, number):
    async def are_seen():
        return await asyncio.to_thread(calls) >= number

    return are_seen
