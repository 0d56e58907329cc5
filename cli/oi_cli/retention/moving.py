"""Moving a day: write its file, compare the file with the rows, note it down, delete the rows bit by bit.

Broken off at any point, the next run goes on: a file without a note is made again, and is the same; rows are deleted
only where a note names a file that holds them.
"""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from oi_cli.backup.manifest import sha256_of
from oi_cli.exits import Failed
from oi_cli.export.comparing import difference
from oi_cli.export.files import to_disk
from oi_cli.export.run import write_selection
from oi_cli.export.sets import ExportSet
from oi_cli.export.view import one_view
from oi_cli.retention.chunks import chunks_of
from oi_cli.retention.days import of_day
from oi_cli.retention.records import KEPT, MOVED, Archived, archived, set_state, write_record
from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Progress


class Archive:
    """A database, and the folder of its archive."""

    def __init__(self, engine: Engine, url: str, folder: Path, progress: Progress) -> None:
        self.engine, self._url, self.folder, self.progress = engine, url, folder, progress

    def move(self, one: ExportSet, day: date) -> int:
        """Move a set's rows of a day into the archive and return how many were deleted."""
        with self.engine.connect() as connection:
            files = archived(connection, day, one.table.name)
        deleted = sum(self._delete(file) for file in files if file.state == KEPT)
        written = self._write(one, day, part=len(files) + 1)
        if written is None:
            return deleted
        write_record(self.engine, written)
        return deleted + self._delete(written)

    def checked(self, one: Archived) -> Path:
        """Return the path of a file. Raises Failed when it is not what was written."""
        path = self.folder / one.file
        if not path.is_file():
            raise Failed(f"{path} is missing: the archive of {one.table_name} on {one.day} is there")
        if sha256_of(path) != one.sha256:
            raise Failed(
                f"{path} is damaged: it is not what was written (its SHA-256 differs); nothing is deleted"
            )
        return path

    def _write(self, one: ExportSet, day: date, part: int) -> Archived | None:
        """Write the file of what is in the table still; None when nothing is."""
        rows, name = of_day(one, day), f"{day}.parquet" if part == 1 else f"{day}.{part}.parquet"
        file = self.folder / one.table.name / name
        fresh = file.with_name(f".{name}.fresh")
        try:
            with one_view(self._url) as connection:
                written = write_selection(connection, rows, fresh, progress=self.progress)
            if written is None:
                return None
            self._compare(fresh, one, day)
            return Archived(
                one.table.name, day, part, f"{one.table.name}/{name}", written.rows, _adopted(fresh, file)
            )
        finally:
            fresh.unlink(missing_ok=True)

    def _compare(self, file: Path, one: ExportSet, day: date) -> None:
        with one_view(self._url) as connection:
            found = difference(connection, file, of_day(one, day), self.progress)
        if found is not None:
            raise Failed(
                f"{one.table.name} of {day} changed while it was written: {found}; nothing is deleted"
            )

    def _delete(self, one: Archived) -> int:
        """Delete what the file holds; rows that have become others stay, for the next part."""
        path, done, deleted = self.checked(one), 0, 0
        for chunk in chunks_of(path):
            with self.engine.begin() as connection:
                deleted += chunk.delete(connection)
            done += len(chunk)
            self.progress.advance(f"deleting {one.table_name} of {one.day}", done, one.rows_kept)
        set_state(self.engine, one, MOVED)
        return deleted


def _adopted(fresh: Path, file: Path) -> str:
    """Give the new file its name, and return its SHA-256. A file that is there already is never overwritten."""
    found = sha256_of(fresh)
    if not file.exists():
        fresh.rename(file)
        to_disk(file.parent)
    elif sha256_of(file) != found:
        raise Misconfigured(
            f"{file} is there already, with other rows, and this database knows nothing of it: "
            "is DATA_DIR another database's? Move it away"
        )
    return found
