"""Reading the instrument master: json.loads of the whole against ours, each in a process of its own.

"read" is the file alone, "load" the whole way: download, gunzip, check, read, keep.
"""

import json
import statistics
import subprocess
import sys

import pytest

from support.file_server import Reply, serving
from support.masters import full_master

ROUNDS = 5
MEGABYTE = 1_000_000
# The peak counts from before the file is read, so the file's own bytes are in it.
CHILD = """
import asyncio, json, sys, time
from pathlib import Path
import requests
from oi_common.broker.instruments import load_instruments
from oi_common.broker.master import MasterRules, parsed
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import WallClock

def memory(name):
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) * 1024

case, source = sys.argv[1:]
settings = BrokerSettings(
    angel_api_key="k", angel_client_code="A1", angel_pin="1", angel_totp_secret="JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
    angel_master_url=source,
)
cases = {
    "json.loads, read": lambda: json.loads(Path(source).read_bytes()),
    "ours, read": lambda: parsed(Path(source).read_bytes(), settings.indices, MasterRules()),
    "json.loads, load": lambda: json.loads(requests.get(source).content),
    "ours, load": lambda: asyncio.run(load_instruments(settings, WallClock())),
}
before, began = memory("VmRSS"), time.perf_counter()
found = cases[case]()
took = time.perf_counter() - began
print(json.dumps([took, memory("VmHWM") - before, len(found)]))
"""


def measured(case, source, folder):
    """Return (seconds, bytes at the peak, rows kept) of a case in a fresh process."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, case, source], check=True, capture_output=True, cwd=folder
    )
    return json.loads(child.stdout.splitlines()[-1])


def compared(way, source, folder):
    """Return the ratios of time and of memory to json.loads, and our worst figures; print them all."""
    cases = (f"json.loads, {way}", f"ours, {way}")
    rounds = [{case: measured(case, source, folder) for case in cases} for _ in range(ROUNDS)]
    for case in cases:
        seconds, peak, found = (statistics.median(each[case][fact] for each in rounds) for fact in range(3))
        print(f"{case:<18} {seconds:7.3f} s {peak / MEGABYTE:8.1f} MB at its peak {found:>9,} kept")  # noqa: T201
    theirs, ours = cases
    ratios = [statistics.median(each[ours][fact] / each[theirs][fact] for each in rounds) for fact in (0, 1)]
    print(f"ours takes {ratios[0]:.2f} of the time and {ratios[1]:.2f} of the memory")  # noqa: T201
    return (*ratios, *(max(each[ours][fact] for each in rounds) for fact in (0, 1)))


@pytest.mark.parametrize("count", [124_000, 155_000])
def test_the_master_is_read_in_less_time_and_memory_than_json_takes(count, tmp_path, result):
    body = full_master(count)
    (tmp_path / "master.json").write_bytes(body)
    print(f"\n{count:,} rows, {len(body) / MEGABYTE:.1f} MB")  # noqa: T201 - the table's title

    time_ratio, memory_ratio, _, _ = compared("read", str(tmp_path / "master.json"), tmp_path)

    path = f"instrument master, {count:,} rows"
    result(f"{path}: time", "json.loads", 0.45, time_ratio, "x", at_most=True)
    result(f"{path}: memory", "json.loads", 0.5, memory_ratio, "x", at_most=True)
    assert time_ratio < 0.8
    assert memory_ratio < 1


def test_a_master_of_full_size_is_loaded_well_within_a_second_and_150_megabytes(tmp_path):
    with serving(Reply(full_master(155_000))) as url:
        print("\n155,000 rows, downloaded")  # noqa: T201 - the table's title
        _, _, seconds, peak = compared("load", url, tmp_path)

    assert seconds < 1
    assert peak < 150 * MEGABYTE
