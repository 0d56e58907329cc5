"""Whole rows of the tables, of which a test says only what it is about."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Numeric, String, Table, Text


def row(table: Table, **known: Any) -> dict[str, Any]:
    """Return a whole row: what is not given is NULL, or something of its type where NULL is not allowed."""
    columns = {column.name: column for column in table.columns}
    assert not (unknown := known.keys() - columns.keys()), f"{table.name} has no {unknown}"
    needed = {
        name: _anything(column)
        for name, column in columns.items()
        if not column.nullable and column.server_default is None
    }
    return {name: None for name, column in columns.items() if column.server_default is None} | needed | known


def full_row(table: Table, **known: Any) -> dict[str, Any]:
    """Return a row without NULLs, as wide as a real one."""
    said = row(table, **known)
    return {name: _anything(table.c[name]) if value is None else value for name, value in said.items()}


def _anything(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, String | Text):
        return "x"
    if isinstance(kind, DateTime):
        return datetime(2026, 11, 20, 3, 45)  # noqa: DTZ001 - as the columns are
    if isinstance(kind, Date):
        return date(2026, 11, 20)
    return (
        []
        if isinstance(kind, JSON)
        else False
        if isinstance(kind, Boolean)
        else 1
        if isinstance(kind, Numeric)
        else 0
    )
