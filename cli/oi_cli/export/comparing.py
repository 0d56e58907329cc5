"""Are a table's rows those of a file? Every value of every row is looked at, a row group at a time."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from oi_cli.export.columns import fields_of_kind, primary_key
from oi_cli.export.rows import Rows
from oi_cli.export.selection import Selection, everything
from oi_common.legacy.progress import Progress, Silent

_SINGLE_DIGITS = 6  # what MySQL and MariaDB keep of a FLOAT


def difference(
    connection: Connection, file: Path, selection: Selection | None = None, progress: Progress | None = None
) -> str | None:
    """Return the first difference between a Parquet file and the rows it was made of; None when there is none.

    Without a selection the rows are all of the table that the file is of.
    """
    with pq.ParquetFile(file) as parquet:
        chosen = selection or everything(parquet.schema_arrow)
        groups = range(parquet.num_row_groups)
        sizes = (parquet.metadata.row_group(number).num_rows for number in groups)
        steps = Rows(connection, chosen).in_steps_of(sizes)
        done, told = 0, progress or Silent()
        for number, stored in zip(groups, steps, strict=False):
            kept = parquet.read_row_group(number)
            if (found := _differ(stored, kept)) is not None:
                return found
            done += kept.num_rows
            told.advance(f"comparing {chosen.name}", done, parquet.metadata.num_rows)
        more = next(steps)
    return f"{more.num_rows} rows more than in the file" if more.num_rows else None


def comparable(value: Any) -> Any:
    """Return a FLOAT as every database keeps it: SQLite keeps more digits of it than the others."""
    return None if value is None else float(f"{value:.{_SINGLE_DIGITS}g}")


def with_short_floats(table: pa.Table) -> pa.Table:
    """Return the table with its FLOAT columns as every database keeps them."""
    for name in fields_of_kind(table.schema, "float"):
        position = table.schema.get_field_index(name)
        values = [comparable(value) for value in table[name].to_pylist()]
        table = table.set_column(position, table.schema.field(name), pa.array(values, pa.float64()))
    return table


def _differ(stored: pa.Table, kept: pa.Table) -> str | None:
    stored, kept = with_short_floats(stored), with_short_floats(kept)
    if stored.equals(kept):
        return None
    if stored.num_rows != kept.num_rows:
        return f"{kept.num_rows - stored.num_rows} rows of the file are not there"
    key = primary_key(kept.schema)
    for mine, theirs in zip(stored.to_pylist(), kept.to_pylist(), strict=True):
        for name, value in theirs.items():
            if mine[name] != value:
                where = ", ".join(str(theirs[part]) for part in key)
                return f"{name} of the row {where} is {mine[name]!r}, and in the file {value!r}"
    return "the columns' types"
