"""A whole trading day of four indices, ticks included, through all services; and what they need as it goes on.

Not among the benchmarks that `make bench` runs by itself: make bench ARGS=tests/bench/long_day.py
LONG_DAY_SPEED (max), LONG_DAY_FOR (real seconds; not given: the whole day) and LONG_DAY_INDICES change what is played:
a soak at the speed of life is LONG_DAY_SPEED=1 LONG_DAY_FOR=3600.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from support.bench.watching import Watch

DAY = "2026-11-18"
INDICES = os.environ.get("LONG_DAY_INDICES", "NIFTY,BANKNIFTY,FINNIFTY,MIDCPNIFTY")
SPEED = os.environ.get("LONG_DAY_SPEED", "max")
LASTS = os.environ.get("LONG_DAY_FOR")
LOOK_EVERY = 2.0
OI = Path(sys.executable).parent / "oi"


def test_a_whole_day_of_four_indices(tmp_path, result):
    kept = tmp_path / "day"
    command = [
        str(OI),
        "demo",
        "--plain",
        "--date",
        DAY,
        "--indices",
        INDICES,
        "--speed",
        SPEED,
        "--keep",
        str(kept),
    ]
    command += ["--for", LASTS] if LASTS else []
    began = time.monotonic()
    with (tmp_path / "said").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as demo:
        watch = Watch(psutil.Process(demo.pid), kept)
        while demo.poll() is None:
            time.sleep(LOOK_EVERY)
            if kept.exists() and demo.poll() is None:
                watch.look()
    seconds = time.monotonic() - began

    text = (tmp_path / "said").read_text()
    print(f"\n{text[-3000:]}\n{watch.table()}\n{seconds:.0f} s in all")  # noqa: T201
    assert demo.returncode == 0, text[-3000:]
    growth = watch.growth()
    worst = max(growth, key=growth.__getitem__)
    if SPEED == "max" and not LASTS:
        result("a whole day, four indices, ticks included", "the clock", 300, seconds, " s", at_most=True)
    result(
        f"memory from half-time to the end, worst: {worst}",
        "itself at half-time",
        10,
        growth[worst] * 100,
        "%",
        at_most=True,
    )
