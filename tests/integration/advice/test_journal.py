"""What is kept of calls and decisions: rows that can be counted, files that can be read, and no secrets."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from oi_common.advice import Journal, coin_flip, rule
from oi_common.advice.journal import kept_decision
from oi_common.database import Database
from oi_common.errors import Unavailable
from oi_common.llm.transcripts import Rotation, Transcripts
from oi_common.logs import hide
from oi_common.tables import ai_calls, ai_decisions
from support.situations import AT, rising

WITHIN = timedelta(seconds=5)
SECRET = "made-up-secret-0815"  # pragma: allowlist secret


@pytest.fixture
def database(any_database_url):
    opened = Database(any_database_url)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "ai"


@pytest.fixture
def journal(database, folder):
    return Journal(database, Transcripts(folder))


def rows(database, table):
    return [dict(row._mapping) for row in database.run_blocking(lambda c: c.execute(select(table)).all())]


async def test_a_decision_and_its_calls_are_kept_as_rows_and_as_text(
    open_desk, switch, journal, database, folder
):
    calls = []
    desk = await open_desk(calls)
    switch(llm={"value": "not_json", "times": 1})
    decided = await desk.decide(rising(), within=WITHIN)

    await journal.write(*calls, decided)

    (decision,) = rows(database, ai_decisions)
    kept = sorted(rows(database, ai_calls), key=lambda row: row["attempt"])
    assert decision["event_id"] == decided.event.event_id
    assert (decision["engine"], decision["because"], decision["decision"]) == ("llm", "advised", "ENTER")
    assert decision["time"].isoformat() == "2026-11-18T11:00:15"
    assert decision["event_time"].isoformat() == "2026-11-18T05:30:15"
    assert decision["baselines"]["rules"] == rule(rising()).as_json()
    assert decision["baselines"]["coin_flip"] == coin_flip(rising()).as_json()
    assert decision["proposed"]["as_of"] == "2026-11-18T11:00:15"
    assert [row["outcome"] for row in kept] == ["not_json", "ok"]
    assert float(sum(row["cost_inr"] for row in kept)) == pytest.approx(float(decision["cost_inr"]))
    lines = (folder / "minimal-2026-11-18.ndjson").read_text().splitlines()
    assert [json.loads(line)["call_id"] for line in lines] == [call.call_id for call in calls]
    assert "chart looks strong" in (folder / "minimal-2026-11-18.txt").read_text()


async def test_writing_a_decision_again_leaves_one_row(open_desk, journal, database):
    decided = (await open_desk([])).by_rules(rising(), "unchanged")

    await journal.write(decided)
    await journal.write(decided)

    assert database.run_blocking(lambda c: c.scalar(select(func.count()).select_from(ai_decisions))) == 1
    assert (await kept_decision(database, decided.event.event_id))["rejected_because"] == "unchanged"
    assert await kept_decision(database, "decisions:of:nobody") is None


async def test_no_secret_reaches_a_transcript(open_desk, journal, folder):
    calls = []
    desk = await open_desk(calls)
    await desk.decide(rising(), within=WITHIN)
    hide(SECRET)
    leaking = replace(
        calls[0], response=f"key {SECRET}", said=SECRET, messages=({"role": "user", "content": SECRET},)
    )

    await journal.write(leaking)

    written = "".join(path.read_text() for path in folder.iterdir())
    assert SECRET not in written
    assert written.count("[redacted]") == 6


async def test_notes_are_written_in_the_background_and_the_last_ones_at_the_end(open_desk, journal, database):
    desk, stop = await open_desk([]), asyncio.Event()
    moments = [AT + timedelta(seconds=second) for second in range(500)]
    writing = asyncio.create_task(journal.run(stop))

    for at in moments:
        journal.note(desk.by_rules(rising(at=at), "unchanged"))
    stop.set()
    await writing

    assert len(rows(database, ai_decisions)) == len(moments)
    assert len(journal) == 0


async def test_while_the_database_is_away_notes_wait_and_the_oldest_are_given_up_at_last(open_desk, tmp_path):
    away = Database(f"sqlite:///{tmp_path}/not-migrated.db")
    desk, journal = await open_desk([]), Journal(away, Transcripts(tmp_path), most=3)

    for second in range(5):
        journal.note(desk.by_rules(rising(at=AT + timedelta(seconds=second)), "unchanged"))
    with pytest.raises(Unavailable):
        await journal.flush()

    assert len(journal) == 3
    away.close()


async def test_transcripts_are_parted_by_size_and_old_days_deleted(open_desk, folder):
    calls = []
    desk = await open_desk(calls)
    await desk.decide(rising(), within=WITHIN)
    transcripts = Transcripts(folder, Rotation(size=1, days=2))

    transcripts.write(calls[0])
    transcripts.write(calls[0])
    transcripts.write(replace(calls[0], called_at=AT + timedelta(days=1)))
    both = {path.name for path in folder.glob("*.ndjson")}
    transcripts.write(replace(calls[0], called_at=AT + timedelta(days=3)))

    assert both == {
        "minimal-2026-11-18.ndjson",
        "minimal-2026-11-18.2.ndjson",
        "minimal-2026-11-19.ndjson",
    }
    assert {path.name for path in folder.glob("*.txt")} == {
        "minimal-2026-11-19.txt",
        f"minimal-{date(2026, 11, 21)}.txt",
    }
