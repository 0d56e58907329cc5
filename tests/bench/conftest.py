"""Benchmarks are files named bench_*.py; they print ratios against a named baseline of the same run."""

import statistics
import time

import pytest

ROUNDS = 7


def pytest_collect_file(file_path, parent):
    is_bench = file_path.name.startswith("bench_") and file_path.suffix == ".py"
    if is_bench and not parent.session.isinitpath(file_path):  # a file that is named is collected anyway
        return pytest.Module.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def compare():
    """Time cases in turn, round by round, and print each one's median ratio to the first, which is the baseline.

    compare("ticks", 1000, {"name": function}) returns the ratios; every function does the same work, so many units.
    """

    def timed(function):
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

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
