"""Play each planted day and print what the loops made of it, as the table of docs/scenarios.md.

    .venv/bin/python deploy/scenario_table.py DIR [--speed 60] [--seed 1] [SCENARIO ...]

Each day is an `oi demo` of its own, kept in DIR/SCENARIO; a day that is there already is only read.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = (
    "calm",
    "trend_up",
    "trend_down",
    "range",
    "gap_up",
    "gap_down",
    "whipsaw",
    "wall_break",
)
HEADER = (
    "scenario", "loop", "WAIT", "ENTER", "HOLD", "EXIT", "right side", "wrong side", "trades", "won", "gross", "charges",
    "net", "waits because",
)  # fmt: skip
_OI = str(Path(sys.executable).parent / "oi")
_DAY = "2026-11-18"
_SERVICES = "ingest-ws,poller,bucketer,ai-minimal,ai-rich,paper-trader"
_LONGEST = 3600  # seconds of one demo
_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """What one loop did on one day: decisions that were told, and the trades that its entries opened, in rupees.

    `right` and `wrong` part its decisions to enter by where the index stood half an hour later, or at the close.
    """

    scenario: str
    loop: str
    told: dict[str, int]
    right: int
    wrong: int
    trades: int
    won: int
    gross: float
    net: float
    waits: tuple[tuple[str, int], ...]

    def cells(self) -> tuple[str, ...]:
        counts = (str(self.told.get(name, 0)) for name in ("WAIT", "ENTER", "HOLD", "EXIT"))
        rupees = (f"{value:+.0f}" for value in (self.gross, self.net - self.gross, self.net))
        waits = ", ".join(f"{because} {count}" for because, count in self.waits)
        numbers = (self.right, self.wrong, self.trades, self.won)
        return (self.scenario, self.loop, *counts, *map(str, numbers), *rupees, waits)


# Candles are of 3 minutes: the first that begins half an hour later opens where the index stood then.
_SIDES = """
SELECT SUM(gained > 0), SUM(gained < 0) FROM (
  SELECT (CASE side WHEN 'CE' THEN 1 ELSE -1 END) * (COALESCE(
    (SELECT c.open FROM index_candles c WHERE c.index_name = d.index_name AND c.time >= datetime(d.time, '+30 minutes')
     AND date(c.time) = date(d.time) ORDER BY c.time LIMIT 1),
    (SELECT c.close FROM index_candles c WHERE c.index_name = d.index_name AND date(c.time) = date(d.time)
     ORDER BY c.time DESC LIMIT 1)) - d.spot) AS gained
  FROM ai_decisions d WHERE d.decision = 'ENTER' AND d."loop" = ?)
"""
_TRADES = """
SELECT COUNT(*), COALESCE(SUM(pnl_net > 0), 0), COALESCE(SUM(pnl_gross), 0), COALESCE(SUM(pnl_net), 0)
FROM paper_positions WHERE state = 'closed' AND "loop" = ?
"""
_TOLD = """SELECT decision, COUNT(*) FROM ai_decisions WHERE "loop" = ? GROUP BY decision"""
_WAITS = """
SELECT because, COUNT(*) FROM ai_decisions WHERE decision = 'WAIT' AND "loop" = ?
GROUP BY because ORDER BY COUNT(*) DESC, because LIMIT ?
"""


def main() -> int:
    asked = _arguments()
    for scenario in asked.scenarios:
        if not (asked.folder / scenario).exists():
            _play(scenario, asked)
    found = [
        row for scenario in asked.scenarios for row in rows_of(scenario, asked.folder / scenario / "oi.db")
    ]
    print("\n".join(table(found)))
    return 0


def rows_of(scenario: str, file: Path) -> Iterator[Row]:
    """Yield what each loop did, from the database of a demo."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        for loop in ("minimal", "rich"):
            yield _row(connection, scenario, loop)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield f"| {' | '.join(HEADER)} |"
    yield f"|{' --- |' * len(HEADER)}"
    for row in rows:
        yield f"| {' | '.join(row.cells())} |"


def _row(connection: sqlite3.Connection, scenario: str, loop: str) -> Row:
    right, wrong = connection.execute(_SIDES, (loop,)).fetchone()
    trades, won, gross, net = connection.execute(_TRADES, (loop,)).fetchone()
    told = dict(connection.execute(_TOLD, (loop,)).fetchall())
    waits = tuple(connection.execute(_WAITS, (loop, _MOST_REASONS)).fetchall())
    return Row(scenario, loop, told, right or 0, wrong or 0, trades, won, gross, net, waits)


def _play(scenario: str, asked: argparse.Namespace) -> None:
    """Play one day by the rules alone. Raises CalledProcessError when the demo did not do what it must."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    command = [_OI, "demo", "--scenario", scenario, "--speed", asked.speed, "--seed", str(asked.seed)]
    command += ["--plain", "--keep", str(asked.folder / scenario), "--indices", "NIFTY", "--date", _DAY]
    command += ["--only", _SERVICES]
    without = {name: value for name, value in os.environ.items() if not name.startswith(("SIM_", "LLM_"))}
    with (asked.folder / f"{scenario}.log").open("wb") as log:
        subprocess.run(command, env=without, stdout=log, stderr=log, check=True, timeout=_LONGEST)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", default=list(SCENARIOS))
    parser.add_argument("--speed", default="60", help="times real time; faster than 60 the ticks get coarse")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    sys.exit(main())
