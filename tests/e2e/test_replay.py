"""A recorded chaotic hour is finished at its close; it replays to the same bytes each time, and to the rows of the day."""

import json
import os
import re
import sqlite3
from contextlib import closing, contextmanager

import pytest
import redis

from oi_cli.record.files import days_in, inputs_in, parts_in
from oi_cli.record.finishing import contents_of, is_closed, is_finished
from oi_cli.record.parquet import count_entries, read_parts
from support import chaotic_hour, redis_servers
from support.chaotic_hour import DAY
from support.processes import BIN, Process, answers_ok, free_port
from support.replaying import TABLES, replayed, replayed_side_by_side

# A live system around us, which no replay may touch; it polls at another pace than the day had.
LIVE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "mysql://live@127.0.0.1:1/oi",
    "TELEGRAM_CHAT_IDS": "1",
    "TELEGRAM_BASE_URL": "http://127.0.0.1:1/bot",
    "POLL_SECONDS": "60",
}


@pytest.fixture(scope="module")
def hour(start_demo):
    """An hour that was disturbed, recorded and closed."""
    demo = start_demo(*chaotic_hour.ARGUMENTS)
    chaotic_hour.play(demo)
    assert recorded(demo).is_dir(), demo.output[-3000:]
    return demo


def recorded(demo):
    return demo.folder / "recorder" / "recordings" / DAY


@contextmanager
def streams_of(demo):
    """The demo's own append-only file, served once more."""
    with (
        redis_servers.local_redis(demo.folder / "redis") as (_process, url),
        redis.Redis.from_url(url, decode_responses=True) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The address of the simulator's model server."""
    port = free_port()
    told = {"SIM_LLM": "1", "SIM_REST_PORT": port, "SIM_WS_PORT": free_port(), "SIM_MASTER_FILLER": 0}
    environment = {**os.environ, **LIVE, **{name: str(value) for name, value in told.items()}}
    log = tmp_path_factory.mktemp("models") / "simulator.log"
    process = Process([str(BIN / "simulator")], log, environment)
    try:
        process.wait_until(lambda: answers_ok(f"http://127.0.0.1:{port}/healthz"), within=200)
        yield f"http://127.0.0.1:{port}/llm/v1"
    finally:
        process.stop()


@pytest.fixture(scope="module")
def replays(hour, models, tmp_path_factory):
    """The hour against the recording's own rows, against the live ones, by another rule, and with a model: side by side."""
    asked = (
        ("--only", "bucketer"),
        ("--only", "bucketer", "--compare", f"sqlite:///{hour.folder}/oi.db"),
        ("--only", "bucketer", "--set", "SNAPSHOT_RULE=change_or_new_bucket"),  # pragma: allowlist secret
        ("--only", "ai-rich", "--set", "AI_RICH_MODEL=asked/model", "--set", f"LLM_BASE_URL={models}"),
    )
    return replayed_side_by_side(recorded(hour), tmp_path_factory.mktemp("replays"), asked, **LIVE)


def test_a_replay_has_the_rows_of_the_day(replays):
    for each in replays[:2]:
        assert each.code == 0, each.said
        assert "the replayed rows are those of the day" in each.said


def test_two_replays_export_the_same_bytes(replays):
    first, second = (each.exported() for each in replays[:2])

    assert {table: first[table] == second[table] for table in TABLES} == dict.fromkeys(TABLES, True)
    assert all(content.count(b"\n") > 1 for content in first.values())


def test_a_replay_has_the_settings_of_the_day_and_says_where_the_present_ones_differ(replays):
    assert "with the settings of the day" in replays[0].said
    assert "bucketer POLL_SECONDS: 20 on the day, 60 at present" in replays[0].said


def test_another_rule_gives_other_rows_and_that_is_an_answer(replays):
    other = replays[2]

    assert other.code == 0, other.said
    assert "with SNAPSHOT_RULE=change_or_new_bucket" in other.said
    assert "differ" in other.said
    assert f"option_snapshots {DAY}" in other.said


def test_a_model_is_asked_what_it_would_have_said_and_the_ledger_is_the_days(replays):
    asked = replays[3]

    assert asked.code == 0, asked.said
    assert "with AI_RICH_MODEL=asked/model" in asked.said
    assert re.search(r"rich: \d+ decisions told \([1-9]\d* by a model", asked.said), asked.said
    assert "the replayed rows are those of the day" in asked.said
    with closing(sqlite3.connect(asked.folder / "oi.db")) as database:
        assert database.execute("SELECT DISTINCT model FROM ai_calls").fetchall() == [("asked/model",)]


def test_a_live_target_is_refused(hour, tmp_path):
    into = f"sqlite:///{hour.folder}/oi.db"

    refused = replayed(recorded(hour), tmp_path / "kept", "--into", into, **LIVE)

    assert refused.code == 78, refused.said
    assert "--into: this database holds rows already" in refused.said


def test_at_the_close_the_recording_is_finished(hour):
    folder = recorded(hour)

    assert is_closed(folder), sorted(map(str, folder.glob("*/*")))
    assert is_finished(folder)
    assert [str(day) for day in days_in(folder.parent)] == [DAY]
    assert not list(folder.rglob("*.unfinished"))


def test_a_finished_recording_has_one_file_for_each_stream_and_counts_what_is_in_it(hour):
    folder = recorded(hour)
    parts = {
        f"{each.kind}/{each.underlying}": parts_in(folder / each.kind / each.underlying)
        for each in inputs_in(folder)
    }

    contents = contents_of(folder)

    assert {stream: len(found) for stream, found in parts.items()} == dict.fromkeys(parts, 1)
    assert contents["entries"] == {stream: count_entries(found) for stream, found in parts.items()}
    assert contents["holes"] == []
    assert {
        f"{kind}/{name}" for kind in ("polls", "candles", "days", "ticks") for name in ("NIFTY", "BANKNIFTY")
    } <= set(parts)


def test_a_finished_recording_holds_all_rows_of_the_day(hour):
    rows = contents_of(recorded(hour))["rows"]

    assert {table: rows[table] for table in TABLES} == {
        table: hour.count(f"SELECT count(*) FROM {table}") for table in TABLES
    }
    assert rows["option_snapshots"] > 0


def test_a_recording_tells_the_settings_of_its_day_and_no_secret(hour):
    text = (recorded(hour) / "settings.json").read_text()
    told = json.loads(text)["services"]

    assert told["bucketer"]["POLL_SECONDS"] == "20"
    assert told["poller"]["STRIKES_AROUND"] == "20"
    assert "ANGEL" not in text
    assert "REDIS_URL" not in text


def test_the_recording_holds_each_entry_of_the_streams_once(hour):
    folder = recorded(hour)
    with streams_of(hour) as client:
        for each in inputs_in(folder):
            on_disk = [str(entry.id) for entry in read_parts(parts_in(folder / each.kind / each.underlying))]
            in_redis = [entry_id for entry_id, _ in client.xrange(each.stream)]
            # Ticks older than a quarter of an hour are trimmed.
            assert on_disk[-len(in_redis) :] == in_redis, each
            assert len(set(on_disk)) == len(on_disk), each
