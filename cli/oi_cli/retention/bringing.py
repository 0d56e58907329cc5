"""Bringing a day back from the archive."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from oi_cli.backup.loading import load
from oi_cli.exits import Failed
from oi_cli.retention.chunks import chunks_of
from oi_cli.retention.job import opened
from oi_cli.retention.moving import Archive
from oi_cli.retention.records import KEPT, MOVED, Archived, archived, set_state
from oi_common.legacy.progress import Progress


def bring_back(url: str, folder: Path, day: date, progress: Progress) -> Iterator[str]:
    """Load every file of a day; rows that are in the table stay as they are. Yields what has been done.

    Raises Failed when there is no such file, one is damaged, or rows are missing afterwards.
    """
    with opened(url, folder, progress) as archive:
        with archive.engine.connect() as connection:
            files = archived(connection, day)
        moved = [one for one in files if one.state == MOVED]
        if not moved:
            raise Failed(f"{day} is in the tables already" if files else f"{day} is not in the archive")
        for one in _newest_part_first(moved):
            path = archive.checked(one)
            load(archive.engine, path, progress, what=f"loading {one.table_name} of {day}", skip_known=True)
            _compare(archive, one)
            set_state(archive.engine, one, KEPT)
            yield f"{one.table_name} of {day}: {one.rows_kept:,} rows are back"


def _newest_part_first(files: Sequence[Archived]) -> list[Archived]:
    """A later part was made of rows that came later: where two hold the same key, it is right."""
    return sorted(files, key=lambda one: (one.table_name, -one.part))


def _compare(archive: Archive, one: Archived) -> None:
    missing = other = 0
    for chunk in chunks_of(archive.folder / one.file):
        with archive.engine.connect() as connection:
            lacks, differs = chunk.compare(connection)
        missing, other = missing + lacks, other + differs
    if missing:
        raise Failed(f"{one.table_name} of {one.day}: {missing} rows of {one.file} are not in the table")
    if other:
        archive.progress.say(
            f"{other} rows of {one.file} were in {one.table_name} with other values, and stay so"
        )
