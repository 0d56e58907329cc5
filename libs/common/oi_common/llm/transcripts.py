"""The files that hold every prompt and answer: NDJSON for programs, text for people; by day, parted by size."""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from oi_common.llm.calls import Call, as_line, as_text
from oi_common.market.buckets import IST


@dataclass(frozen=True, slots=True)
class Rotation:
    """A part holds about `size` bytes; days before the last `days` are deleted."""

    size: int = 16 * 1024 * 1024
    days: int = 14


class Transcripts:
    """Appends calls to the files of one folder. Blocking: for a thread."""

    def __init__(self, folder: Path, rotation: Rotation | None = None) -> None:
        self._folder = folder
        self._rotation = rotation or Rotation()
        self._cleared_on: date | None = None

    def write(self, call: Call) -> None:
        """Append one call to its day's files. Raises OSError."""
        day = call.called_at.astimezone(IST).date()
        self._folder.mkdir(parents=True, exist_ok=True)
        if day != self._cleared_on:
            self._clear_before(day - timedelta(days=self._rotation.days))
            self._cleared_on = day
        self._append(f"{call.loop}-{day}", "ndjson", as_line(call))
        self._append(f"{call.loop}-{day}", "txt", as_text(call))

    def _append(self, name: str, suffix: str, text: str) -> None:
        path, part = self._folder / f"{name}.{suffix}", 1
        while path.exists() and path.stat().st_size >= self._rotation.size:
            part += 1
            path = self._folder / f"{name}.{part}.{suffix}"
        # One write of an appending descriptor: lines of two processes do not mix.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)

    def _clear_before(self, first: date) -> None:
        for path in (*self._folder.glob("*.ndjson"), *self._folder.glob("*.txt")):
            day = _day_of(path)
            if day is not None and day < first:
                path.unlink(missing_ok=True)


def _day_of(path: Path) -> date | None:
    """Return the day in a transcript's name; None for a file that is none."""
    _, _, rest = path.name.partition("-")
    try:
        return datetime.strptime(rest[:10], "%Y-%m-%d").date()  # noqa: DTZ007 a day has no zone
    except ValueError:
        return None
