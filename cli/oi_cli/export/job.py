"""One call of `oi export`: each set of rows to its file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from sqlalchemy import Connection, select

from oi_cli.exits import Failed
from oi_cli.export.choice import Choice, Format
from oi_cli.export.run import Written, write_selection
from oi_cli.export.selection import lacking, selection_of
from oi_cli.export.sets import ExportSet
from oi_cli.export.view import one_view
from oi_common.legacy.progress import Progress


class Job:
    """What is chosen, how it is written, and who is told."""

    def __init__(self, choice: Choice, without: Sequence[str], form: Format, progress: Progress) -> None:
        self._choice, self._without, self._form, self._progress = choice, without, form, progress

    def run(self, database_url: str, sets: Sequence[ExportSet], files: Sequence[Path]) -> list[Written]:
        """Write the sets that have rows, all as of one moment. Raises Failed when none has."""
        fitting = list(self._fitting(sets, files))
        with one_view(database_url) as connection:
            written = [self._write(connection, one, file) for one, file in fitting]
            found = [one for one in written if one is not None]
            if not found:
                raise Failed(self._nothing(connection, sets))
        return found

    def _fitting(self, sets: Sequence[ExportSet], files: Sequence[Path]) -> Iterator[tuple[ExportSet, Path]]:
        for one, file in zip(sets, files, strict=True):
            missing = lacking(one, self._choice)
            if missing is None:
                yield one, file
            elif len(sets) == 1:
                raise typer.BadParameter(f"{one.name} cannot be chosen by {missing}: its rows have none")
            else:
                self._progress.say(f"{one.name}: left out, its rows have no {missing}")

    def _write(self, connection: Connection, one: ExportSet, file: Path) -> Written | None:
        without = tuple(name for name in self._without if name in one.table.c)
        selection = selection_of(one, self._choice, without)
        written = write_selection(connection, selection, file, self._form, self._progress)
        if written is None:
            self._progress.say(f"{one.name}: no rows")
        return written

    def _nothing(self, connection: Connection, sets: Sequence[ExportSet]) -> str:
        what = sets[0].name if len(sets) == 1 else "any kind"
        said = f"there are no rows of {what} {self._choice}".strip()
        table = next((one.table for one in sets if "index_name" in one.table.c), None)
        if self._choice.index_name is None or table is None:
            return f"{said}; nothing was written"
        known = sorted(connection.execute(select(table.c.index_name).distinct()).scalars())
        return f"{said}; there are rows of: {', '.join(known) or 'nothing yet'}"
