"""The last hours of a chaotic day, recorded by a recorder that is itself killed: by name, as the long form."""

import os
from datetime import time
from random import Random

import pytest

from oi_cli.record.finishing import contents_of, is_finished
from support.chaos.day import play
from support.chaos.plan import DAY, EVERY_SECONDS, Plan
from support.chaos.recorder import followed_and_killed, recordings_in
from support.chaos.schedule import SCHEDULES
from support.chaos.telling import tell, tell_summary
from support.replaying import TABLES, replayed_side_by_side

SEED = int(os.environ.get("CHAOS_SEED", "7"))
PLAN = Plan(
    speed="240",
    expiries=1,
    opens=time(14, 30),
    replicas={"poller": 1, "bucketer": 2, "ingest-ws": 1},
    spool_size="5kB",
)


@pytest.fixture
def chaotic(folder):
    """A day with something of every kind of fault, whose recorder is killed three times."""
    tell(f"\nchaos recorded: seed {SEED}, folder {folder}")
    schedule = SCHEDULES["mixed"](Random(f"{SEED} mixed"), PLAN)
    outcome = play("mixed", PLAN, folder / "day", schedule, followed_and_killed(Random(f"{SEED} recorder")))
    tell_summary(outcome)
    return outcome


@pytest.fixture
def replays(chaotic, folder):
    """Two replays of it, side by side."""
    # The environment says nothing of the day's settings: the recording does.
    recorded = recordings_in(folder / "day") / str(DAY)
    return replayed_side_by_side(recorded, folder / "replays", [("--only", "bucketer")] * 2)


def test_a_recorded_day_of_chaos_replays_twice_to_the_same_bytes_and_to_its_rows(
    chaotic, replays, judge, folder
):
    recorded = recordings_in(folder / "day") / str(DAY)
    exports = [each.exported() for each in replays]

    judge(
        [f"the recorder was killed {chaotic.deaths['recorder-1']} times"] * (not chaotic.deaths["recorder-1"]),
        ["the recording is not finished"] * (not is_finished(recorded)),
        [f"trimmed before it was recorded: {hole}" for hole in (contents_of(recorded) or {}).get("holes", ())],
        [each.said for each in replays if each.code or "the replayed rows are those of the day" not in each.said],
        [f"POLL_SECONDS was not {EVERY_SECONDS}" for each in replays if f": {EVERY_SECONDS} on" not in each.said],
        [f"{table}: the exports of two replays differ" for table in TABLES if exports[0][table] != exports[1][table]],
        [f"{table}: nothing was exported" for table in TABLES if exports[0][table].count(b"\n") < 2],
    )  # fmt: skip
