"""Portable upserts of many rows.

For MySQL and MariaDB the rows are written out into few large statements: a driver's executemany spends more time on
formatting each value than the server does on storing it. Numbers and times have one spelling in SQL and are spelled
here; all else is escaped by the driver.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from sqlalchemy import Connection, Dialect, Table, case, func, or_
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.exc import DBAPIError

Row = Mapping[str, Any]

_BATCH = 500
_MOST_CHARACTERS = 1_000_000  # of a statement; servers take 16 MB and more
_SHOWN = 200
_PLACEHOLDERS = re.compile(r"VALUES \(((?:%\(\w+\)s(?:, )?)+)\)")
_NAME = re.compile(r"%\((\w+)\)s")


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    keep: frozenset[str] = frozenset(),
    fill: frozenset[str] = frozenset(),
    guard: str | None = None,
) -> None:
    """Insert the rows, or update those whose primary key exists.

    All rows have the same columns. `keep` names columns that an update leaves as they are, `fill` those that a
    NULL does not overwrite. With `guard`, a row is updated only when its guard column is not older than the
    stored one. Raises ValueError for a number or a time that no column can hold.
    """
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: tuple(row[c.name] for c in table.primary_key))
    columns = tuple(ordered[0])
    if connection.dialect.name == "sqlite":
        statement = _lite(table, columns, keep, fill, guard)
        for start in range(0, len(ordered), _BATCH):
            connection.execute(statement, [dict(row) for row in ordered[start : start + _BATCH]])
        return
    template = _template(connection.dialect, table, columns, keep, fill, guard)
    escape = connection.connection.dbapi_connection.escape  # type: ignore[union-attr]  # PyMySQL's
    known: dict[object, str] = {}
    for values in _batches(template.written_out(row, escape, known) for row in ordered):
        _execute(connection, template.head + ",".join(values) + template.tail)


@dataclass(frozen=True, slots=True)
class _Template:
    """A statement around its rows, and how each value of a row becomes what the driver takes."""

    head: str
    tail: str
    processors: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def written_out(self, row: Row, escape: Callable[[Any], str], known: dict[object, str]) -> str:
        """Return the row's values as text; `known` are the words and moments met before, which many rows share."""
        spelled = []
        for name, process in self.processors:
            value = row[name] if process is None else process(row[name])
            kind = type(value)
            if kind is float:
                spelled.append(_spelled_float(value))
            elif kind in _SHARED:
                text = known.get(value)
                if text is None:
                    text = known[value] = _SPELLINGS.get(kind, escape)(value)
                spelled.append(text)
            else:
                spelled.append(_SPELLINGS.get(kind, escape)(value))
        return f"({','.join(spelled)})"


@lru_cache(maxsize=256)  # building a statement costs more than running it
def _template(
    dialect: Dialect,
    table: Table,
    columns: tuple[str, ...],
    keep: frozenset[str],
    fill: frozenset[str],
    guard: str | None,
) -> _Template:
    compiled = _large(table, columns, keep, fill, guard).compile(dialect=dialect, column_keys=list(columns))
    head, placeholders, tail = _PLACEHOLDERS.split(str(compiled).replace("%%", "%"))
    names = _NAME.findall(placeholders)
    if set(names) != set(columns):
        raise ValueError(f"{table.name}: the statement asks for {sorted(set(names) ^ set(columns))} as well")
    processors = tuple(
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
    )
    return _Template(f"{head}VALUES ", tail, processors)


def _batches(rows: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for row in rows:
        if batch and (len(batch) == _BATCH or characters + len(row) > _MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(row)
        characters += len(row)
    yield batch


def _execute(connection: Connection, statement: str) -> None:
    try:
        # Without parameters: a % is a % then.
        connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    except DBAPIError as e:
        e.statement = f"{statement[:_SHOWN]} ..."  # the whole of it would fill a log
        raise


def _spelled_float(value: float) -> str:
    if not isfinite(value):
        raise ValueError(f"{value} is no value of a column")
    spelled = repr(value)
    return spelled if "e" in spelled else f"{spelled}e0"


def _spelled_datetime(value: datetime) -> str:
    if value.tzinfo is not None:
        raise ValueError(f"{value} has a zone, columns have none")
    return f"'{value.isoformat(' ')}'"


_SHARED = frozenset({str, datetime, date})  # values of different types are never equal
_SPELLINGS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "1" if value else "0",
    int: str,
    float: _spelled_float,
    datetime: _spelled_datetime,
    date: lambda value: f"'{value.isoformat()}'",
}


@lru_cache(maxsize=256)
def _lite(
    table: Table, columns: tuple[str, ...], keep: frozenset[str], fill: frozenset[str], guard: str | None
) -> Any:
    statement = sqlite.insert(table)
    new = statement.excluded
    updated = {name: _value(new, table, name, fill) for name in _updated(table, columns, keep, guard)}
    if not updated:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(
        index_elements=sorted(column.name for column in table.primary_key),
        set_=updated,
        where=_not_older(new, table, guard) if guard else None,
    )


def _large(
    table: Table, columns: tuple[str, ...], keep: frozenset[str], fill: frozenset[str], guard: str | None
) -> Any:
    statement = mysql.insert(table)
    new = statement.inserted
    values = [(name, _value(new, table, name, fill)) for name in _updated(table, columns, keep, guard)]
    if guard:
        newer = _not_older(new, table, guard)
        values = [(name, case((newer, value), else_=table.c[name])) for name, value in values]
    if not values:
        first = next(iter(table.primary_key))
        values = [(first.name, first)]  # what is there stays
    return statement.on_duplicate_key_update(values)


def _updated(table: Table, columns: tuple[str, ...], keep: frozenset[str], guard: str | None) -> list[str]:
    """Return what an update sets. MySQL assigns from left to right: the guard column goes last, or the later columns
    compare with the new."""
    key = {column.name for column in table.primary_key}
    return sorted(
        (name for name in columns if name not in key and name not in keep), key=lambda name: name == guard
    )


def _value(new: Any, table: Table, name: str, fill: frozenset[str]) -> Any:
    return func.coalesce(new[name], table.c[name]) if name in fill else new[name]


def _not_older(new: Any, table: Table, guard: str) -> Any:
    return or_(table.c[guard].is_(None), new[guard] >= table.c[guard])
