"""Rows of a Parquet file into the table they are of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, Table, insert
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.sql.dml import Insert

from oi_cli.export.columns import twin
from oi_cli.export.comparing import with_short_floats
from oi_common.legacy.progress import Progress

_AT_ONCE = 1_000  # rows of a transaction: a live writer waits for a moment at most


def load(engine: Engine, file: Path, progress: Progress, *, what: str = "", skip_known: bool = False) -> int:
    """Insert the file's rows and return how many there are; with `skip_known` those whose key is there stay."""
    with pq.ParquetFile(file) as parquet:
        table, total, done = twin(parquet.schema_arrow), parquet.metadata.num_rows, 0
        is_file = engine.dialect.name == "sqlite"
        statement = _insert(table, is_file=is_file, skip_known=skip_known)
        for batch in parquet.iter_batches(batch_size=_AT_ONCE):
            with engine.begin() as connection:
                connection.execute(statement, list(as_rows(batch, shortened=not is_file)))
            done += batch.num_rows
            progress.advance(what or f"loading {table.name}", done, total)
    return done


def as_rows(batch: pa.RecordBatch, *, shortened: bool = True) -> Iterator[dict[str, Any]]:
    """Return the rows as a database takes them: moments in UTC without zone, a FLOAT with its six digits."""
    table = pa.Table.from_batches([batch])
    table = with_short_floats(table) if shortened else table
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            naive = table[field.name].cast(pa.timestamp("us"))
            table = table.set_column(position, field.name, naive)
    yield from table.to_pylist()


def _insert(table: Table, *, is_file: bool, skip_known: bool) -> Insert:
    if not skip_known:
        return insert(table)
    key = next(iter(table.primary_key))
    if is_file:
        return sqlite.insert(table).on_conflict_do_nothing()
    return mysql.insert(table).on_duplicate_key_update({key.name: key})  # which changes nothing
