"""The same for SQLite, in one transaction: there DDL is part of it, so an interruption leaves everything as it was."""

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.dialects import sqlite

from oi_common.errors import Misconfigured
from oi_common.legacy.columns import Rows, rows_of
from oi_common.legacy.convert import UNKNOWN_SHAPE, found_tracker, tell_of_others, without_expiry
from oi_common.legacy.findings import findings
from oi_common.legacy.progress import Progress
from oi_common.legacy.rebuild import CreateLedger
from oi_common.legacy.shapes import (
    LEDGER,
    Shape,
    count_rows,
    free_backup_name,
    left_alone,
    reflected,
    shape_of,
)


def convert(connection: Connection, create: CreateLedger, progress: Progress) -> None:
    """Leave no predecessor's table under our name; the table itself, renamed, is the backup."""
    inspector = inspect(connection)
    shape = shape_of(inspector)
    if shape is Shape.UNKNOWN:
        raise Misconfigured(UNKNOWN_SHAPE)
    tell_of_others(left_alone(inspector), shape, progress)
    if shape in {Shape.TRACKER, Shape.WITHOUT_EXPIRY}:
        _replace(connection, shape, create, progress)
    connection.commit()


def _replace(connection: Connection, shape: Shape, create: CreateLedger, progress: Progress) -> None:
    backup = free_backup_name(connection)
    total = count_rows(connection, reflected(connection, LEDGER))
    connection.execute(text(f"ALTER TABLE {LEDGER} RENAME TO {backup}"))
    if shape is Shape.WITHOUT_EXPIRY:
        progress.say(without_expiry(total, backup))
        return
    progress.say(found_tracker(total))
    create(LEDGER)
    rows = rows_of(connection, reflected(connection, backup), reflected(connection, LEDGER))
    _fill(connection, rows)
    progress.advance("rebuilding", total, total)
    progress.say(f"backup: {backup}, {total:,} rows: the original itself, renamed")
    for sentence in findings(connection, rows).sentences(backup):
        progress.say(sentence)


def _fill(connection: Connection, rows: Rows) -> None:
    names = list(rows.values)
    newest_first = (
        select(*(rows.values[name].label(f"new_{name}") for name in names))
        .where(rows.has_key)
        .order_by(*rows.newest_first)
    )
    connection.execute(sqlite.insert(rows.new).from_select(names, newest_first).on_conflict_do_nothing())
