"""Whatever ends the deep loop, and however many there are: one decision for each trigger."""

import asyncio
from datetime import timedelta

import pytest

from ai_rich.adapters.tables import RichTables
from ai_rich.adapters.writer import HoldingWriter
from oi_common.errors import Unavailable
from oi_common.leases import lease_key
from support.processes import eventually
from support.rich import AT, changed, fair_ticks, saved
from support.rich_running import drained, publish, published, running_ai_rich, stored, write_tables

LATER = timedelta(seconds=20)
POISED = timedelta(days=1)


class Crash(BaseException):
    """Ends the process; a finally clause is all that still runs."""


async def test_a_process_killed_while_its_model_is_asked_leads_to_one_decision(
    redis, redis_url, sqlite_url, exchange, switch, calls, running_process, tmp_path
):
    # given: a real process whose model takes long
    await _hold_the_clock(redis)
    environment = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": sqlite_url,
        "INDICES": "NIFTY",
        "CLOCK": "simulated",
        "DATA_DIR": str(tmp_path),
        "LLM_BASE_URL": f"{exchange.rest_url}/llm/v1",
    }
    switch(llm="slow", llm_slow_seconds=30.0)
    write_tables(sqlite_url, saved())
    first = running_process("ai-rich", environment=environment | {"INSTANCE": "first"})
    await publish(redis, *fair_ticks(), changed(), saved())
    await asyncio.to_thread(eventually, lambda: calls() == 1, within=90, what="the model asked")

    # when: it is killed, and another one takes over
    first.kill()
    switch(llm="ok")
    await redis.delete(lease_key("ai-rich", "NIFTY"))  # as ten seconds would
    running_process("ai-rich", environment=environment | {"INSTANCE": "second"})
    await drained(redis, within=90)

    # then
    [event], [row] = await published(redis), stored(sqlite_url)
    assert (event.event_time, event.engine, row["event_id"]) == (AT, "llm", event.event_id)
    assert calls() == 2


async def test_a_crash_between_table_and_stream_publishes_what_was_written(
    redis, redis_url, sqlite_url, clock, tmp_path, monkeypatch
):
    await _crash_at_the_first_publication(redis, redis_url, sqlite_url, clock, tmp_path, monkeypatch)
    [written] = stored(sqlite_url)
    assert await published(redis) == []

    # The market has moved on, another decision would be made now.
    await publish(
        redis, *fair_ticks(AT + LATER), saved(AT + timedelta(minutes=3), direction="STRONGLY_BEARISH")
    )
    async with running_ai_rich(redis_url, sqlite_url, clock, tmp_path):
        await drained(redis)

    [event] = await published(redis)
    assert (event.event_id, event.reason) == (written["event_id"], written["reason"])
    assert stored(sqlite_url) == [written]


async def test_what_was_written_is_published_also_when_a_newer_trigger_has_come(
    redis, redis_url, sqlite_url, clock, tmp_path, monkeypatch
):
    await _crash_at_the_first_publication(redis, redis_url, sqlite_url, clock, tmp_path, monkeypatch)

    await publish(redis, changed(AT + LATER))
    async with running_ai_rich(redis_url, sqlite_url, clock, tmp_path):
        await drained(redis)

    assert [event.event_time for event in await published(redis)] == [AT, AT + LATER]
    assert [row["event_id"] for row in stored(sqlite_url)] == [e.event_id for e in await published(redis)]


async def test_a_database_that_is_away_when_the_answer_comes_costs_no_second_call(
    redis, start, sqlite_url, calls, monkeypatch
):
    keep, failures = RichTables.keep, [Unavailable("database: away"), Unavailable("database: away")]

    async def keep_at_last(self, decided):
        if failures:
            raise failures.pop()
        await keep(self, decided)

    monkeypatch.setattr(RichTables, "keep", keep_at_last)
    await start()
    await publish(redis, *fair_ticks(), changed(), saved())
    await drained(redis)

    assert (len(await published(redis)), len(stored(sqlite_url)), calls(), failures) == (1, 1, 1, [])


async def test_two_replicas_make_one_decision_of_each_trigger(redis, start, sqlite_url, calls):
    await start("one")
    await start("two")
    for step in range(3):
        at = AT + step * timedelta(seconds=1)
        await publish(redis, *fair_ticks(at), changed(at), saved(at))
        await drained(redis)

    moments = [AT + step * timedelta(seconds=1) for step in range(3)]
    assert [event.event_time for event in await published(redis)] == moments
    assert len(stored(sqlite_url)) == 3
    assert calls() == 3


async def test_a_replica_that_lost_its_lease_writes_and_publishes_nothing(
    redis, start, sqlite_url, switch, calls
):
    # given: an owner that is asking its model
    switch(llm={"value": "slow", "times": 1}, llm_slow_seconds=1.5)
    await start("old")
    await publish(redis, *fair_ticks(), changed(), saved())
    await asyncio.to_thread(eventually, lambda: calls() == 1, within=90, what="the model asked")

    # when: its lease runs out as if it had been frozen, and another takes over
    await redis.delete(lease_key("ai-rich", "NIFTY"))
    await redis.incr(f"{lease_key('ai-rich', 'NIFTY')}:token")
    await start("new")
    await drained(redis)

    # then
    assert len(await published(redis)) == len(stored(sqlite_url)) == 1


async def _crash_at_the_first_publication(redis, redis_url, sqlite_url, clock, tmp_path, monkeypatch):
    commit = HoldingWriter.commit

    async def crash(self, ref, effects):
        if effects.publish:
            raise Crash
        await commit(self, ref, effects)

    with monkeypatch.context() as patched:
        patched.setattr(HoldingWriter, "commit", crash)
        async with running_ai_rich(redis_url, sqlite_url, clock, tmp_path, instance="crashed") as task:
            await publish(redis, *fair_ticks(), changed(), saved())
            await asyncio.wait({task}, timeout=20)
            assert isinstance(task.exception(), BaseExceptionGroup | Crash)


async def _hold_the_clock(redis):
    """Let time stand still, as the simulated exchange can."""
    at = AT.timestamp()
    await redis.hset(
        "oi:clock", mapping={"sim": at, "real": 0, "speed": 0, "limit": at + POISED.total_seconds()}
    )


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch):
    monkeypatch.setattr("ai_rich.decider._RETRY", timedelta(milliseconds=50))
