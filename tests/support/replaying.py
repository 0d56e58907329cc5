"""Replaying a recorded day by the command, and exporting what came of it."""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from oi_cli.main import app
from support.processes import BIN

TABLES = ("option_snapshots", "chain_buckets", "index_candles", "oi_changes", "coverage_gaps")
# The database's clock, of no event.
_CLOCKS = {"option_snapshots": ("--without", "created_at", "--without", "updated_at")}
_ENDS_WITHIN = 900.0


@dataclass(frozen=True)
class Replayed:
    """How a replay ended, what it said, and the folder that it kept."""

    code: int
    said: str
    folder: Path
    day: str

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder}/oi.db"

    def exported(self) -> dict[str, bytes]:
        """Return the bytes of each table's export; what the command says where it fails."""
        return {table: self._exported(table) for table in TABLES}

    def _exported(self, table: str) -> bytes:
        out = self.folder / f"{table}.csv"
        asked = ("export", table, "--day", self.day, "--out", str(out), *_CLOCKS.get(table, ()))
        # In our own process: a command of its own takes a second or two to start.
        ended = CliRunner().invoke(app, asked, env={"DATABASE_URL": self.database_url})
        return ended.output.encode() if ended.exit_code else out.read_bytes()


def oi(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run a command of ours to its end: (exit code, output)."""
    ended = subprocess.run(
        [BIN / "oi", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_ENDS_WITHIN,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def replayed(recorded: Path, kept: Path, *arguments: str, **environment: str) -> Replayed:
    """Replay the day that a folder of recordings holds."""
    day = recorded.name
    asked = ("replay", "--plain", "--day", day, "--recordings", str(recorded.parent), "--keep", str(kept))
    return Replayed(*oi(*asked, *arguments, **environment), kept, day)


def replayed_side_by_side(
    recorded: Path, kept: Path, asked: Sequence[Sequence[str]], **environment: str
) -> list[Replayed]:
    """Replay a day several times at once."""
    with ThreadPoolExecutor() as pool:
        started = [
            pool.submit(replayed, recorded, kept / str(number), *arguments, **environment)
            for number, arguments in enumerate(asked)
        ]
        return [each.result() for each in started]
