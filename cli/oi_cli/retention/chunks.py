"""A few rows of a file, and the same rows in the table."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete

from oi_cli.backup.loading import as_rows
from oi_cli.export.columns import primary_key, twin
from oi_cli.export.rows import Rows
from oi_cli.export.selection import Selection

ROWS: Final = 500  # of a transaction: who writes meanwhile waits for a moment at most

Row = dict[str, Any]
Key = tuple[Any, ...]


class Chunk:
    """Some rows of a file, in the order of their key, that are near each other in the table, too."""

    def __init__(self, schema: pa.Schema, rows: Sequence[Row]) -> None:
        self._schema, self._table, self._names = schema, twin(schema), primary_key(schema)
        self._rows = {self._key(row): row for row in rows}

    def __len__(self) -> int:
        return len(self._rows)

    def delete(self, connection: Connection) -> int:
        """Delete the rows that are as in the file, and return how many they were; others stay."""
        stored = self._stored(connection, locked=True)
        same = [key for key, row in self._rows.items() if stored.get(key) == row]
        if not same:
            return 0
        # Key by key: a row that is written between the look and this has no part in it, and no other is locked.
        statement = delete(self._table).where(
            *(self._table.c[name] == bindparam(f"old_{name}") for name in self._names)
        )
        keys = [{f"old_{name}": part for name, part in zip(self._names, key, strict=True)} for key in same]
        return int(connection.execute(statement, keys).rowcount)

    def compare(self, connection: Connection) -> tuple[int, int]:
        """Return how many of the rows are missing from the table, and how many are there with other values."""
        stored = self._stored(connection, locked=False)
        missing = sum(key not in stored for key in self._rows)
        other = sum(key in stored and stored[key] != row for key, row in self._rows.items())
        return missing, other

    def _stored(self, connection: Connection, *, locked: bool) -> dict[Key, Row]:
        near = Selection(self._table, self._schema, (self._near(),))
        return {self._key(row): row for row in as_rows(Rows(connection, near).at_once(locked=locked))}

    def _near(self) -> ColumnElement[bool]:
        """Return the condition of a short stretch of the primary key, which an index serves."""
        keys = list(self._rows)
        fixed, ranged = _fixed(self._schema), self._table.c[self._names[len(_fixed(self._schema))]]
        values = [key[len(fixed)] for key in keys]
        if len(self._names) == 1:  # text, whose order is the collation's business
            return ranged.in_(values)
        same = [self._table.c[name] == value for name, value in zip(fixed, keys[0], strict=False)]
        return and_(*same, ranged.between(values[0], values[-1]))

    def _key(self, row: Row) -> Key:
        return tuple(row[name] for name in self._names)


def chunks_of(file: Path) -> Iterator[Chunk]:
    """Yield the file's rows; those of a chunk have the same values in what stands before the moment in the key."""
    with pq.ParquetFile(file) as parquet:
        fixed = _fixed(parquet.schema_arrow)
        for batch in parquet.iter_batches(batch_size=ROWS):
            for _, rows in groupby(as_rows(batch), key=lambda row: [row[name] for name in fixed]):
                yield Chunk(parquet.schema_arrow, list(rows))


def _fixed(schema: pa.Schema) -> list[str]:
    """Return the columns of the key before its moment: a stretch of the key is a stretch of time of one chain."""
    names = primary_key(schema)
    moments = [place for place, name in enumerate(names) if pa.types.is_timestamp(schema.field(name).type)]
    return names[: moments[0]] if moments else []
