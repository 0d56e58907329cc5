"""Make docs/images/table.png anew: `.venv/bin/python deploy/screenshot.py`; needs chromium, takes a few minutes.

Plays the demo until --at (simulated), has `oi table` draw what a terminal would show, and lets chromium paint it.
"""

import argparse
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from PIL import Image

_ROOT = Path(__file__).resolve().parents[1]
_OI = str(Path(sys.executable).parent / "oi")
_READY_WITHIN = 480.0


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="oi-screenshot-") as folder:
        site, svg = Path(folder) / "demo", Path(folder) / "table.svg"
        demo = subprocess.Popen([_OI, "demo", "--plain", "--keep", str(site)])
        try:
            _wait_until(site / "oi.db", asked.at, demo)
            environment = os.environ | {
                "DATABASE_URL": f"sqlite:///{site}/oi.db",
                "REDIS_URL": _redis_of(site),
            }
            command = [_OI, "table", "--index", asked.index, "--svg", str(svg), "--width", str(asked.width)]
            subprocess.run(command, env=environment, check=True)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
        _paint(svg, asked.file)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", default="10:30", help="take it when this bucket (HH:MM) is saved")
    parser.add_argument("--index", default="NIFTY")
    parser.add_argument("--width", type=int, default=120)
    parser.add_argument("--file", type=Path, default=_ROOT / "docs" / "images" / "table.png")
    return parser.parse_args()


def _wait_until(file: Path, bucket: str, demo: subprocess.Popen[bytes]) -> None:
    """Wait for the bucket's snapshots. Raises SystemExit when the demo ends before, or takes too long."""
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and demo.poll() is None:
        with suppress(sqlite3.OperationalError):  # no file, no table yet
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
                [last] = connection.execute("SELECT MAX(TIME(time)) FROM option_snapshots").fetchone()
            if last and last >= bucket:
                return
        time.sleep(0.5)
    raise SystemExit(f"the demo has not saved bucket {bucket}")


def _redis_of(site: Path) -> str:
    """Return the address of the demo's Redis, which says its port when it starts."""
    found = re.search(r"port[=:] ?(\d+)", (site / "logs" / "redis.log").read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit("the demo's Redis has not said its port")
    return f"redis://127.0.0.1:{found[1]}/0"


def _paint(svg: Path, png: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    if chromium is None or box is None:
        raise SystemExit("chromium is needed to paint the picture" if box else f"{svg} has no size")
    size = ",".join(str(-int(-float(side) // 1)) for side in box.groups())
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += ["--default-background-color=00000000", f"--window-size={size}", f"--screenshot={png}"]
    subprocess.run([chromium, *options, svg.as_uri()], check=True, timeout=120, stderr=subprocess.DEVNULL)
    with Image.open(png) as painted:
        few_colours = painted.convert("RGBA").quantize(128, method=Image.Quantize.FASTOCTREE)
    few_colours.save(png, optimize=True)


if __name__ == "__main__":
    main()
