"""Which rows of a table: of which days, which underlying, which expiry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, Select, Table, Text, cast, func, select

from oi_cli.export.choice import Choice
from oi_cli.export.columns import primary_key, schema_of, table_name, twin
from oi_cli.export.sets import ExportSet
from oi_common.market.buckets import from_wall_time, utc_naive

_CAPITALS = "index_name"  # capital letters, which every collation puts in the same order


@dataclass(frozen=True)
class Selection:
    """Some rows of a table in the order of its primary key, and the schema of the files that hold them."""

    table: Table
    schema: pa.Schema
    conditions: tuple[ColumnElement[bool], ...] = ()

    @property
    def name(self) -> str:
        return table_name(self.schema)

    def statement(self, dialect: str) -> Select[Any]:
        """Return the query whose rows come in an order that is the same for every collation."""
        columns = [self.table.c[name] for name in self.schema.names]
        key = [_in_order(self.table.c[name], dialect) for name in primary_key(self.schema)]
        return select(*columns).where(*self.conditions).order_by(*key)

    def count(self, connection: Connection) -> int:
        counted = select(func.count()).select_from(self.table).where(*self.conditions)
        return int(connection.execute(counted).scalar_one())


def everything(schema: pa.Schema) -> Selection:
    """Return all rows of the table that a schema is of."""
    return Selection(twin(schema), schema)


def selection_of(one: ExportSet, choice: Choice, without: tuple[str, ...] = ()) -> Selection:
    """Return the chosen rows of a set. `lacking` says whether they can be chosen so."""
    whole = schema_of(one.table)
    table = twin(whole)
    conditions = [table.c[name] == value for name, value in choice.by_columns.items()]
    if one.day_column is not None:
        conditions += _on_days(table, whole.field(one.day_column), choice)
    return Selection(table, schema_of(one.table, without), tuple(conditions))


def lacking(one: ExportSet, choice: Choice) -> str | None:
    """Return what the set's rows cannot be chosen by, though it was asked for; None when all can."""
    if one.day_column is None and choice.is_by_day:
        return "day"
    return next((name for name in choice.by_columns if name not in one.table.c), None)


def _on_days(table: Table, field: pa.Field, choice: Choice) -> Iterator[ColumnElement[bool]]:
    column = table.c[field.name]
    if choice.first_day is not None:
        yield column >= _begin(field, choice.first_day)
    if choice.last_day is not None:
        yield column < _begin(field, choice.last_day + timedelta(days=1))


def _begin(field: pa.Field, day: date) -> date | datetime:
    """Return when a market day begins, as the column tells it."""
    if pa.types.is_date(field.type):
        return day
    midnight = datetime.combine(day, datetime.min.time())
    return midnight if field.type.tz is None else utc_naive(from_wall_time(midnight))


def _in_order(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    if dialect == "sqlite" or not isinstance(column.type, Text) or column.name == _CAPITALS:
        return column
    return cast(column, LargeBinary)
