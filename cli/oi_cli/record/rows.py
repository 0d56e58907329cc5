"""A day's rows as canonical text: the same in every database, so that ledgers can be compared and kept."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Float,
    Integer,
    Numeric,
    Table,
    select,
)
from sqlalchemy.types import TypeEngine

from oi_cli.record.arrow import table_of, texts
from oi_cli.record.files import unfinished
from oi_common.database import on_day
from oi_common.tables import (
    ai_decisions,
    chain_buckets,
    coverage_gaps,
    index_candles,
    oi_changes,
    option_snapshots,
)

LEDGER: Final = (option_snapshots, chain_buckets, index_candles, oi_changes, coverage_gaps)
KEPT: Final = (*LEDGER, ai_decisions)

# Moments at which a service did something, by its own clock or the database's; of no event.
OUR_CLOCK: Final = frozenset({"saved_at", "sealed_at", "noticed_at", "repaired_at"})
DATABASE_CLOCK: Final = frozenset({"created_at", "updated_at"})

Row = Mapping[str, str | None]
Moment = tuple[str, list[Row]]

_ROWS_TOGETHER = 2_000


def time_of(table: Table) -> Column[Any]:
    """Return the column that says when, in market time, a row is of."""
    return table.c.from_time if table is coverage_gaps else table.c.time


def rows_of(connection: Connection, table: Table, day: date, indices: Iterable[str]) -> Iterator[Row]:
    """Return a day's rows in the order of time and key, a few thousand in memory at a time."""
    here: list[ColumnElement[bool]] = [*on_day(time_of(table), day), table.c.index_name.in_(list(indices))]
    yield from rows_where(connection, table, here)


def rows_where(connection: Connection, table: Table, here: Iterable[ColumnElement[bool]]) -> Iterator[Row]:
    query = select(table).where(*here).order_by(time_of(table), *table.primary_key.columns)
    query = query.execution_options(yield_per=_ROWS_TOGETHER)
    columns = [column for column in table.columns if column.name not in DATABASE_CLOCK]
    for row in connection.execute(query).mappings():
        yield {column.name: canonical(column, row[column]) for column in columns}


def by_time(table: Table, rows: Iterable[Row]) -> Iterator[Moment]:
    """Group ordered rows by the market time they are of."""
    name = time_of(table).name
    for time, group in groupby(rows, key=lambda row: row[name]):
        yield time or "", list(group)


def canonical(column: Column[Any], value: Any) -> str | None:
    """Return a value as text, as every database tells it; None is NULL."""
    return None if value is None else _form_of(column).text(column, value)


def typed(column: Column[Any], text: str | None) -> Any:
    """Return the value that a canonical text stands for, as the table takes it."""
    return None if text is None else _form_of(column).value(text)


class _Form(NamedTuple):
    """How the values of one type of column are told."""

    type: type[TypeEngine[Any]]
    text: Callable[[Column[Any], Any], str]
    value: Callable[[str], Any]


def _decimal(column: Column[Any], value: Any) -> str:
    return f"{Decimal(value) or Decimal(0):.{getattr(column.type, 'scale', 0)}f}"


def _json(_column: Column[Any], value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# The first that fits: a Double is a Float, and a Float a Numeric.
_FORMS: Final = (
    _Form(JSON, _json, json.loads),
    _Form(Boolean, lambda _, value: "true" if value else "false", lambda text: text == "true"),
    _Form(Double, lambda _, value: f"{float(value) or 0.0:.12g}", float),
    _Form(Float, lambda _, value: f"{float(value) or 0.0:.6g}", float),  # single precision in MySQL
    _Form(Numeric, _decimal, Decimal),
    _Form(Integer, lambda _, value: str(value), int),
    _Form(DateTime, lambda _, value: str(value.isoformat()), datetime.fromisoformat),
    _Form(Date, lambda _, value: str(value.isoformat()), date.fromisoformat),
    _Form(TypeEngine, lambda _, value: str(value), str),
)


def _form_of(column: Column[Any]) -> _Form:
    return next(form for form in _FORMS if isinstance(column.type, form.type))


def keep_rows(path: Path, table: Table, rows: Iterable[Row]) -> int:
    """Write rows as Parquet, all columns text, and return how many there were."""
    names = [column.name for column in table.columns if column.name not in DATABASE_CLOCK]
    schema = pa.schema([(name, pa.string()) for name in names])
    rest = iter(rows)
    count = 0
    with unfinished(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        while batch := list(islice(rest, _ROWS_TOGETHER)):
            writer.write_table(table_of({name: texts([row[name] for row in batch]) for name in names}))
            count += len(batch)
    return count


def kept_rows(path: Path) -> Iterator[Row]:
    """Return kept rows in their order, nothing where none were kept."""
    if path.exists():
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_TOGETHER):
                yield from batch.to_pylist()
