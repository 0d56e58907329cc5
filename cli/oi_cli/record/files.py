"""Where recordings lie: DATA_DIR/recordings/DAY/KIND/UNDERLYING/FIRST_LAST.parquet, each name an interval of ids.

The names are all there is of a recorder's memory: it goes on after the last id on disk.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, Self

from oi_cli.exits import Failed
from oi_cli.record.inputs import KINDS, Input
from oi_common.trimming import EntryId

BEGINNING: Final = EntryId(0)
_SUFFIX = ".parquet"
_UNFINISHED = ".unfinished"
_HOLE = ".hole"


class Part(NamedTuple):
    """A file with all entries of one stream from `first` to `last` that are of the folder's day."""

    first: EntryId
    last: EntryId
    path: Path

    @classmethod
    def parse(cls, path: Path) -> Self | None:
        """Return None for a file that is no part."""
        first, parted, last = path.stem.partition("_")
        try:
            return cls(EntryId.parse(first), EntryId.parse(last), path) if parted else None
        except ValueError:
            return None

    def covers(self, other: Self) -> bool:
        return other is not self and self.first <= other.first and other.last <= self.last


def days_in(recordings: Path) -> list[date]:
    """Return the recorded days, oldest first."""
    found = []
    for folder in recordings.iterdir() if recordings.is_dir() else ():
        try:
            found.append(date.fromisoformat(folder.name))
        except ValueError:
            continue
    return sorted(found)


def folder_of(recordings: Path, day: date, recorded: Input) -> Path:
    return recordings / day.isoformat() / recorded.kind / recorded.underlying


def part_path(folder: Path, first: EntryId, last: EntryId) -> Path:
    return folder / f"{first}_{last}{_SUFFIX}"


def parts_in(folder: Path) -> list[Part]:
    """Return the parts in order, without those that a merged one has made superfluous."""
    found = [part for path in folder.glob(f"*{_SUFFIX}") if (part := Part.parse(path)) is not None]
    found.sort(key=lambda part: (part.first, (-part.last.ms, -part.last.sequence)))
    kept: list[Part] = []
    for part in found:
        if not kept or not kept[-1].covers(part):
            kept.append(part)
    return kept


def inputs_in(folder: Path) -> list[Input]:
    """Return the streams that a day's folder holds entries of."""
    return [
        Input(kind, each.name)
        for kind in KINDS
        for each in sorted((folder / kind).glob("*"))
        if parts_in(each)
    ]


def holes_in(folder: Path) -> list[str]:
    """Return where entries were trimmed away before they could be recorded, for a person to read."""
    found = folder.glob(f"*/*/*{_HOLE}")
    return sorted(f"{path.parent.parent.name} {path.parent.name} {path.stem}" for path in found)


def note_hole(folder: Path, after: EntryId, before: EntryId) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{after}_{before}{_HOLE}").touch()


def position_of(recordings: Path, recorded: Input) -> EntryId:
    """Return the last id of a stream on disk. Its entries are written in order, whatever their days."""
    found = (
        part.last for day in days_in(recordings) for part in parts_in(folder_of(recordings, day, recorded))
    )
    return max(found, default=BEGINNING)


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Hand out a name to write to; after the block the file is on the disk under its own name, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + _UNFINISHED)
    yield draft
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def sole_recorder(recordings: Path) -> Iterator[None]:
    """Hold the folder for us alone and remove what a killed recorder has left half done.

    Raises Failed when another process records into it.
    """
    recordings.mkdir(parents=True, exist_ok=True)
    with (recordings / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise Failed(f"another `oi record` writes to {recordings}; it keeps the day already") from e
        for draft in recordings.rglob(f"*{_UNFINISHED}"):
            draft.unlink()
        yield
