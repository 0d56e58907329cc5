"""Benchmarks are files named bench_*.py; they print ratios against a named baseline of the same run.

What they found stands in one table at the end; `--table FILE` writes it into a document, between its marks.
"""

import json
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.bench.peers_environment import NotMeasured, peers_python
from support.bench.results import Result, Seconds, machine, markdown, written_into
from support.bench.ticks import BATCH, fields_of
from support.bench.workers import worker

ROUNDS = 7
RESULTS = pytest.StashKey[list[Result]]()


def pytest_addoption(parser):
    parser.addoption("--table", type=Path, help="the document to write the table of results into")


def pytest_configure(config):
    config.stash[RESULTS] = []


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash[RESULTS]
    if not found:
        return
    day = datetime.now(UTC).date().isoformat()  # noqa: TID251 - a person wants to know when
    table = f"{markdown(found)}\n\nMeasured on {day}: {machine()}."
    terminalreporter.section("results")
    terminalreporter.write_line(table)
    if document := config.getoption("--table"):
        document.write_text(written_into(document.read_text(), table))


@pytest.fixture
def result(request):
    """Put a line into the table: result(path, baseline, target, measured, unit="x", at_most=False)."""

    def add(path, baseline, target, measured, unit="x", *, at_most=False):
        request.config.stash[RESULTS].append(Result(path, baseline, target, measured, unit, at_most))

    return add


def pytest_collect_file(file_path, parent):
    is_bench = file_path.name.startswith("bench_") and file_path.suffix == ".py"
    if is_bench and not parent.session.isinitpath(file_path):  # a file that is named is collected anyway
        return pytest.Module.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def compare():
    """Time cases in turn, round by round, and print each one's median ratio to the first, which is the baseline.

    compare("ticks", 1000, {"name": function}) returns the ratios; every function does the same work, so many units,
    and may return the Seconds that it took, where not all it does counts.
    """

    def timed(function):
        began = time.perf_counter()
        told = function()
        return told if isinstance(told, Seconds) else time.perf_counter() - began

    def compare_cases(unit, count, cases):
        baseline = next(iter(cases))
        for function in cases.values():
            function()
        rounds = [{name: timed(function) for name, function in cases.items()} for _ in range(ROUNDS)]
        ratios = {name: statistics.median(each[baseline] / each[name] for each in rounds) for name in cases}
        for name, ratio in ratios.items():
            rate = count / statistics.median(each[name] for each in rounds)
            print(f"{name:<52} {rate:>12,.0f} {unit}/s {ratio:>7.2f}x {baseline}")  # noqa: T201 - its purpose
        return ratios

    return compare_cases


@pytest.fixture
def peers(redis_url, tmp_path):
    """Return a function that lets a peer handle the ticks of `BATCH`: peers("publish by faststream").

    Skipped, saying why, where the peers cannot be installed.
    """
    try:
        python = peers_python()
    except NotMeasured as e:
        pytest.skip(f"the peers are NOT measured: {e}")
    file = tmp_path / "ticks.json"
    file.write_text(json.dumps([fields_of(tick) for tick in BATCH]))
    with worker("peers.py", redis_url, file, python=python) as asked:
        yield lambda what: Seconds(asked.ask(do=what)["seconds"])
