"""The new table, filled from the backup bucket by bucket, on MySQL and MariaDB.

The primary key itself decides what a duplicate is. Rows of one key have one `time`, so they lie in one portion, and of
them the newest is inserted first: any later one finds the key taken.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    cast,
    func,
    inspect,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import mysql

from oi_common.errors import OiError
from oi_common.legacy.columns import Rows, rows_of
from oi_common.legacy.progress import Progress
from oi_common.legacy.shapes import NEW, count_rows, reflected

_AT_ONCE = 10_000

CreateLedger = Callable[[str], None]


class NotComplete(OiError):
    """The new table lacks a row that it must have: a bug, found before anything was replaced."""


def rebuild(connection: Connection, backup: str, create: CreateLedger, progress: Progress) -> None:
    """Make the new table hold one row for each key of the backup."""
    create(NEW)
    rows = rows_of(connection, reflected(connection, backup), reflected(connection, NEW))
    total = count_rows(connection, rows.old)
    for done, first, last in _portions(connection, rows):
        if last is not None:
            _fill(connection, rows, first, last)
        progress.advance("rebuilding", done, total)
    progress.say("comparing: every key of the backup must be in the new table")
    if lacking := _lacking(connection, rows):
        connection.execute(text(f"DROP TABLE `{NEW}`"))
        raise NotComplete(f"{NEW} lacks {lacking:,} keys of {backup}; nothing has been replaced")


def _portions(connection: Connection, rows: Rows) -> Iterator[tuple[int, str, str | None]]:
    """Yield (rows up to here, first time, last time) of each portion; no last time where it is filled already."""
    said = cast(rows.old.c.time, String(40))
    counts = connection.execute(
        select(said, func.count())
        .where(rows.old.c.time.is_not(None))
        .group_by(rows.old.c.time)
        .order_by(rows.old.c.time)
    ).all()
    filled = connection.execute(select(cast(func.max(rows.new.c.time), String(40)))).scalar() or ""
    done, waiting, first = 0, 0, ""
    for index, (time, count) in enumerate(counts):
        first, waiting, done = first or time, waiting + count, done + count
        if waiting >= _AT_ONCE or index == len(counts) - 1:
            # The last portion that was begun is filled again, which changes nothing.
            yield done, first, time if time >= filled else None
            first, waiting = "", 0


def _fill(connection: Connection, rows: Rows, first: str, last: str) -> None:
    names = list(rows.values)
    portion = (
        select(*(rows.values[name].label(f"new_{name}") for name in names))
        .where(rows.old.c.time.between(first, last), rows.has_key)
        .order_by(*rows.newest_first)
    )
    statement = mysql.insert(rows.new).from_select(names, portion)
    connection.execute(statement.on_duplicate_key_update(strike=rows.new.c.strike))
    connection.commit()


def _lacking(connection: Connection, rows: Rows) -> int:
    """Count the rows of the backup that have a key which the new table does not have."""
    joined = rows.old.outerjoin(rows.new, same_key(connection, rows))
    lacking = select(func.count()).select_from(joined).where(rows.has_key, rows.new.c.time.is_(None))
    return connection.execute(lacking).scalar_one()


def same_key(connection: Connection, rows: Rows) -> ColumnElement[bool]:
    """Compare keys as the new table's primary key compares them, whatever the old table's collation."""
    columns = inspect(connection).get_columns(rows.new.name)
    kind = next(column["type"] for column in columns if column["name"] == "index_name")
    charset, collation = _spelling(connection, rows.new.name)
    name = literal_column(f"CONVERT({rows.old.name}.index_name USING {charset}) COLLATE {collation}", kind)
    time, _, expiry, strike = rows.key
    new = rows.new.c
    return and_(new.time == time, new.index_name == name, new.expiry == expiry, new.strike == strike)


def _spelling(connection: Connection, table: str) -> tuple[str, str]:
    found = connection.exec_driver_sql(
        "SELECT character_set_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name = %s AND column_name = 'index_name'",
        (table,),
    ).one()
    return found[0], found[1]
