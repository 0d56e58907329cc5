"""A table's columns as Arrow fields, and back: each field says what its column is in the database."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    JSON,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Float,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from oi_cli.export.meanings import meaning_of, unit_of
from oi_common.tables.base import Moment

# What Parquet keeps as a 64-bit number; SQLite does not refuse more digits than the tables' own 10 to 16.
_DIGITS = 18

_BACK: Final[Mapping[str, Callable[[], TypeEngine[Any]]]] = {
    "boolean": Boolean,
    "date": Date,
    "double": Double,
    "float": Float,
    "integer": BigInteger,
    "json": Text,  # text as it is: a JSON null and a NULL are two things
    "moment": lambda: Moment,
    "text": Text,
    "timestamp": TIMESTAMP,
}


def schema_of(table: Table, without: Iterable[str] = ()) -> pa.Schema:
    """Return the table's columns with their types, units and meanings; it is all that the reading side needs."""
    left_out = frozenset(without)
    fields = [field_of(column) for column in table.columns if column.name not in left_out]
    key = [column.name for column in table.primary_key]
    return pa.schema(fields, metadata={"table": table.name, "primary_key": json.dumps(key)})


def field_of(column: Column[Any]) -> pa.Field:
    kind, arrow = _kind(column)
    said = {
        "unit": unit_of(column),
        "meaning": meaning_of(column),
        "time": None if not pa.types.is_timestamp(arrow) else "UTC" if arrow.tz else "IST wall time",
        "database_type": kind,
    }
    known = {name: text for name, text in said.items() if text}
    return pa.field(column.name, arrow, nullable=bool(column.nullable), metadata=known)


def twin(schema: pa.Schema) -> Table:
    """Return the schema's columns as a table that passes values through as they are."""
    columns = [Column(field.name, _database_type(field)) for field in schema]
    return Table(table_name(schema), MetaData(), *columns, PrimaryKeyConstraint(*primary_key(schema)))


def table_name(schema: pa.Schema) -> str:
    return str(schema.metadata[b"table"].decode())


def primary_key(schema: pa.Schema) -> list[str]:
    return list(json.loads(schema.metadata[b"primary_key"]))


def fields_of_kind(schema: pa.Schema, kind: str) -> list[str]:
    return [field.name for field in schema if field.metadata[b"database_type"].decode() == kind]


def is_wall_time(column: Column[Any]) -> bool:
    """Tell whether a column holds IST wall time; every other moment is UTC."""
    return column.name == "time" or "IST" in (column.comment or "")


def _kind(column: Column[Any]) -> tuple[str, pa.DataType]:
    of = column.type
    if isinstance(of, DateTime):
        zone = None if is_wall_time(column) else "UTC"
        return "timestamp" if isinstance(of, TIMESTAMP) else "moment", pa.timestamp("us", zone)
    if isinstance(of, Numeric) and not isinstance(of, Float):
        return f"numeric({of.precision},{of.scale})", pa.decimal128(_DIGITS, of.scale)
    for kind, database, arrow in _PLAIN:
        if isinstance(of, database):
            return kind, arrow
    return "text", pa.string()


_PLAIN: Final[tuple[tuple[str, type[TypeEngine[Any]], pa.DataType], ...]] = (
    ("boolean", Boolean, pa.bool_()),
    ("date", Date, pa.date32()),
    ("double", Double, pa.float64()),
    ("float", Float, pa.float64()),
    ("integer", Integer, pa.int64()),
    ("json", JSON, pa.string()),
)


def _database_type(field: pa.Field) -> TypeEngine[Any]:
    kind = field.metadata[b"database_type"].decode()
    if kind.startswith("numeric("):
        precision, scale = kind.removeprefix("numeric(").removesuffix(")").split(",")
        return Numeric(int(precision), int(scale))
    return _BACK[kind]()
