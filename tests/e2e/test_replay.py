"""A recorded chaotic morning replays to the same bytes each time, and to the rows of the day."""

import os
import subprocess
from contextlib import contextmanager

import pytest
import redis
from typer.testing import CliRunner

from oi_cli.main import app
from oi_cli.record.files import inputs_in, parts_in
from oi_cli.record.parquet import read_parts
from support import redis_servers
from support.processes import BIN, eventually

DAY = "2026-11-18"
MORNING = (
    "--day", DAY, "--seed", "11", "--speed", "40", "--until", "10:15", "--only", "ingest-ws,poller,bucketer,recorder",
)  # fmt: skip
TABLES = ("option_snapshots", "chain_buckets", "index_candles", "oi_changes", "coverage_gaps")
# A live system around us, which no replay may touch.
LIVE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "mysql://live@127.0.0.1:1/oi",
    "TELEGRAM_CHAT_IDS": "1",
    "TELEGRAM_BASE_URL": "http://127.0.0.1:1/bot",
}
ENDS_WITHIN = 400
STARTS_WITHIN = 240


def oi(*arguments, **environment):
    """Run a command of ours to its end: (exit code, output)."""
    ended = subprocess.run(
        [BIN / "oi", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def morning(start_demo):
    """A morning in which everything dies that can, the recorder too, and the poller long enough to leave a hole."""
    demo = start_demo(*MORNING)
    demo.wait_until_it_runs()
    for struck in (("recorder", "bucketer"), ("redis", "poller", "recorder"), ("bucketer", "poller")):
        for name in struck:
            demo.kill(name)
        wait_for_more(demo)
    demo.end()
    assert (demo.folder / "recorder" / "recordings" / DAY).is_dir(), demo.output[-3000:]
    return demo


def wait_for_more(demo):
    """Wait until more buckets have been saved than there are, or the morning is over."""
    saved = "SELECT count(*) FROM chain_buckets WHERE reason IS NOT NULL"
    before = demo.count(saved)
    eventually(
        lambda: demo.count(saved) > before + 4 or demo.popen.poll() is not None,
        within=STARTS_WITHIN,
        what="more buckets",
    )


@contextmanager
def streams_of(demo):
    """The demo's own append-only file, served once more."""
    with (
        redis_servers.local_redis(demo.folder / "redis") as (_process, url),
        redis.Redis.from_url(url, decode_responses=True) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def replayed(morning, tmp_path_factory):
    """Replay the morning: replayed("--set", …) -> (exit code, output, its database)."""

    def replay(*arguments, compare=True):
        folder = tmp_path_factory.mktemp("replay") / "kept"
        live = ("--compare", f"sqlite:///{morning.folder}/oi.db") if compare else ()
        code, said = oi(
            "replay", "--plain", "--day", DAY, "--recordings", morning.folder / "recorder" / "recordings",
            "--keep", folder, *live, *arguments, **LIVE,
        )  # fmt: skip
        return code, said, f"sqlite:///{folder}/oi.db"

    return replay


def exported(database_url, folder):
    """Return the bytes of each table's export."""
    for table in TABLES:
        clocks = ("--without", "created_at", "--without", "updated_at") if table == "option_snapshots" else ()
        out = folder / f"{table}.csv"
        ended = CliRunner().invoke(
            app,
            ["export", table, "--day", DAY, "--out", str(out), *clocks],
            env={"DATABASE_URL": database_url},
        )
        if ended.exit_code:  # a morning without holes has no gaps
            assert (table, "there are no rows" in ended.output) == ("coverage_gaps", True), ended.output
            out.write_bytes(b"")
    return {table: (folder / f"{table}.csv").read_bytes() for table in TABLES}


@pytest.fixture(scope="module")
def twice(replayed):
    return [replayed("--only", "bucketer") for _ in range(2)]


def test_a_replay_has_the_rows_of_the_day(twice):
    for code, said, _ in twice:
        assert code == 0, said
        assert "the replayed rows are those of the day" in said


def test_two_replays_export_the_same_bytes(twice, tmp_path_factory):
    first, second = (exported(url, tmp_path_factory.mktemp("exports")) for *_, url in twice)

    assert {table: first[table] == second[table] for table in TABLES} == dict.fromkeys(TABLES, True)
    assert all(content.count(b"\n") > 1 for content in first.values() if content)


def test_the_recording_holds_each_entry_of_the_streams_once(morning):
    folder = morning.folder / "recorder" / "recordings" / DAY
    with streams_of(morning) as client:
        for each in inputs_in(folder):
            on_disk = [str(entry.id) for entry in read_parts(parts_in(folder / each.kind / each.underlying))]
            in_redis = [entry_id for entry_id, _ in client.xrange(each.stream)]
            # Ticks older than a quarter of an hour are trimmed.
            assert on_disk[-len(in_redis) :] == in_redis, each
            assert len(set(on_disk)) == len(on_disk), each


def test_another_rule_gives_other_rows_and_that_is_an_answer(replayed):
    code, said, _ = replayed("--only", "bucketer", "--set", "SNAPSHOT_RULE=change_or_new_bucket")

    assert code == 0, said
    assert "with SNAPSHOT_RULE=change_or_new_bucket" in said
    assert "differ" in said
    assert "option_snapshots 2026-11-18" in said


def test_a_live_target_is_refused(morning, replayed):
    code, said, _ = replayed("--into", f"sqlite:///{morning.folder}/oi.db", compare=False)

    assert code == 78, said
    assert "--into: this database holds rows already" in said
