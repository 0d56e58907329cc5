"""Running a day of chaos and judging it; the seed comes from CHAOS_SEED, and every failure names it."""

import os
from random import Random

import pytest

from support.chaos.day import play
from support.chaos.schedule import SCHEDULES
from support.chaos.telling import tell, tell_summary

SEED = int(os.environ.get("CHAOS_SEED", "7"))


def pytest_report_header():
    return f"chaos: CHAOS_SEED={SEED} (make chaos SEED={SEED} plays the long form with it)"


@pytest.fixture
def disturbed(tmp_path):
    """Play a day under the faults that the seed draws for its kind: disturbed("scale", plan) -> outcome, schedule."""

    def run(kind, plan):
        tell(f"\nchaos {kind}: seed {SEED}, folder {tmp_path}")
        schedule = SCHEDULES[kind](Random(f"{SEED} {kind}"), plan)
        outcome = play(kind, plan, tmp_path / kind, schedule)
        tell_summary(outcome)
        return outcome, schedule

    return run


@pytest.fixture
def judge(tmp_path):
    """Fail with everything that is wrong, the seed and the folder."""

    def verdict(*findings):
        lines = [line for found in findings for line in found]
        shown = "\n  ".join([*lines[:40], *([f"and {len(lines) - 40} more"] if len(lines) > 40 else [])])
        assert not lines, f"CHAOS_SEED={SEED}, logs in {tmp_path}:\n  {shown}"

    return verdict
