"""Writing one selection to one file, telling how far it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection

from oi_cli.export.choice import Format
from oi_cli.export.files import write
from oi_cli.export.rows import Rows
from oi_cli.export.selection import Selection
from oi_common.legacy.progress import Progress, Silent


@dataclass(frozen=True)
class Written:
    """A file that was made."""

    file: Path
    rows: int


def write_selection(
    connection: Connection,
    selection: Selection,
    file: Path,
    form: Format = Format.PARQUET,
    progress: Progress | None = None,
) -> Written | None:
    """Write the rows to the file; None, and no file, when there are none."""
    total = selection.count(connection)
    if not total:
        return None
    batches = told(Rows(connection, selection).batches(), selection.name, total, progress or Silent())
    return Written(file, write(file, form, selection.schema, batches))


def told(
    batches: Iterable[pa.RecordBatch], what: str, total: int, progress: Progress
) -> Iterator[pa.RecordBatch]:
    """Pass the batches on, telling how many rows are through."""
    done = 0
    for batch in batches:
        done += batch.num_rows
        progress.advance(what, done, max(total, done))
        yield batch
