"""The last hours of a chaotic day, recorded by a recorder that is itself killed: by name, as the long form."""

import os
import subprocess
from datetime import time
from random import Random

from typer.testing import CliRunner

from oi_cli.main import app
from support.chaos.day import play
from support.chaos.plan import DAY, EVERY_SECONDS, Plan
from support.chaos.recorder import followed_and_killed, recordings_in
from support.chaos.schedule import SCHEDULES
from support.processes import BIN

SEED = int(os.environ.get("CHAOS_SEED", "7"))
PLAN = Plan(
    speed="240",
    expiries=1,
    opens=time(13, 30),
    replicas={"poller": 1, "bucketer": 2, "ingest-ws": 1},
    spool_size="5kB",
)
TABLES = ("option_snapshots", "chain_buckets", "index_candles", "oi_changes", "coverage_gaps")


def oi(*arguments, **environment):
    told = {**os.environ, "POLL_SECONDS": str(EVERY_SECONDS), **environment}
    ended = subprocess.run([BIN / "oi", *arguments], env=told, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_a_recorded_day_of_chaos_replays_twice_to_the_same_bytes_and_to_its_rows(folder, request):
    schedule = SCHEDULES["mixed"](Random(f"{SEED} mixed"), PLAN)
    beside = followed_and_killed(Random(f"{SEED} recorder"))
    outcome = play("mixed", PLAN, folder / "day", schedule, beside)
    bytes_of = []

    for number in (1, 2):
        kept = folder / f"replay-{number}"
        code, said = oi(
            "replay", "--plain", "--day", str(DAY), "--only", "bucketer",
            "--recordings", str(recordings_in(folder / "day")), "--keep", str(kept),
        )  # fmt: skip
        assert code == 0, f"CHAOS_SEED={SEED}: {said}"
        assert "the replayed rows are those of the day" in said
        bytes_of.append({table: exported(kept, table) for table in TABLES})

    assert bytes_of[0] == bytes_of[1]
    assert outcome.deaths["recorder-1"] > 0
    request.node.is_judged_bad = False


def exported(kept, table):
    clocks = ("--without", "created_at", "--without", "updated_at") if table == "option_snapshots" else ()
    out = kept / f"{table}.csv"
    ended = CliRunner().invoke(
        app,
        ["export", table, "--day", str(DAY), "--out", str(out), *clocks],
        env={"DATABASE_URL": f"sqlite:///{kept}/oi.db"},
    )
    assert ended.exit_code == 0, ended.output
    return out.read_bytes()
