"""Rows as they come from the database, as Arrow record batches, a page at a time."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from oi_cli.exits import Failed
from oi_cli.export.columns import fields_of_kind
from oi_cli.export.selection import Selection

PAGE = 2_000


class Rows:
    """The rows of a selection in order. One page and what is asked for are in memory, however many there are."""

    def __init__(self, connection: Connection, selection: Selection, page: int = PAGE) -> None:
        self.selection = selection
        self._connection = connection
        self._page = page
        self._json = frozenset(fields_of_kind(selection.schema, "json"))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in pages."""
        # The option holds for the query alone: on MySQL its rows wait in the server until they are fetched.
        statement = self.selection.statement(self._connection.dialect.name)
        streaming = statement.execution_options(stream_results=True, yield_per=self._page)
        with self._connection.execute(streaming) as result:
            for rows in result.partitions():
                yield self._batch(rows)

    def at_once(self, *, locked: bool) -> pa.RecordBatch:
        """Return all rows, for a selection that is small; `locked` keeps others from changing them until the end."""
        statement = self.selection.statement(self._connection.dialect.name)
        rows = self._connection.execute(statement.with_for_update() if locked else statement).all()
        return self._batch(rows) if rows else pa.RecordBatch.from_pylist([], self.selection.schema)

    def in_steps_of(self, sizes: Iterator[int]) -> Iterator[pa.Table]:
        """Yield the next rows, as many as each size says and in the end fewer, and then all that is left."""
        waiting: list[pa.RecordBatch] = []
        pages = self.batches()
        for size in sizes:
            while sum(batch.num_rows for batch in waiting) < size and (page := next(pages, None)) is not None:
                waiting.append(page)
            held = pa.Table.from_batches(waiting, self.selection.schema)
            yield held.slice(0, size)
            waiting = held.slice(size).to_batches()
        rest = next(pages, None)
        yield pa.Table.from_batches([*waiting, *([rest] if rest else [])], self.selection.schema)

    def _batch(self, rows: Sequence[Any]) -> pa.RecordBatch:
        columns = zip(*rows, strict=True)
        arrays = [
            self._array(field, values) for field, values in zip(self.selection.schema, columns, strict=True)
        ]
        return pa.record_batch(arrays, schema=self.selection.schema)

    def _array(self, field: pa.Field, values: Sequence[Any]) -> pa.Array:
        try:
            if field.name in self._json:
                values = [canonical(text) for text in values]
            return pa.array(values, type=field.type)
        except ValueError as e:  # of Arrow's and of JSON's
            name = f"{self.selection.name}.{field.name}"
            kind = "JSON" if field.name in self._json else field.type
            raise Failed(f"{name} holds a value that is not of the column's type ({kind}): {e}") from e


def canonical(text: str | None) -> str | None:
    """Return JSON text in one form: databases keep spaces and the order of names as they like."""
    if text is None:
        return None
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
