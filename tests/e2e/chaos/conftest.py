"""Running a day of chaos and judging it; the seed comes from CHAOS_SEED, and every failure names it."""

import os
import shutil
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest

from support.chaos.day import play
from support.chaos.schedule import SCHEDULES
from support.chaos.telling import tell, tell_summary

SEED = int(os.environ.get("CHAOS_SEED", "7"))


def pytest_report_header():
    return f"chaos: CHAOS_SEED={SEED} (make chaos SEED={SEED} plays the long form with it)"


@pytest.fixture
def folder(request):
    """A folder that stays when the test fails: its logs are all there is to find out why."""
    made, failed_before = Path(mkdtemp(prefix=f"oi-chaos-{SEED}-")), request.session.testsfailed
    yield made
    if request.session.testsfailed == failed_before and not getattr(request.node, "is_judged_bad", True):
        shutil.rmtree(made)


@pytest.fixture
def disturbed(folder):
    """Play a day under the faults that the seed draws for its kind: disturbed("scale", plan) -> outcome, schedule."""

    def run(kind, plan):
        tell(f"\nchaos {kind}: seed {SEED}, folder {folder}")
        schedule = SCHEDULES[kind](Random(f"{SEED} {kind}"), plan)
        outcome = play(kind, plan, folder / kind, schedule)
        tell_summary(outcome)
        return outcome, schedule

    return run


@pytest.fixture
def judge(folder, request):
    """Fail with everything that is wrong, the seed and the folder."""

    def verdict(*findings):
        lines = [line for found in findings for line in found]
        request.node.is_judged_bad = bool(lines)
        shown = "\n  ".join([*lines[:40], *([f"and {len(lines) - 40} more"] if len(lines) > 40 else [])])
        assert not lines, f"CHAOS_SEED={SEED}, logs in {folder}:\n  {shown}"

    return verdict
