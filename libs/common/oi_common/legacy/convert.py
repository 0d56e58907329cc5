"""The steps from a predecessor's table to ours on MySQL and MariaDB.

Their DDL is not transactional, so each step can be told from what is there, and repeated: whoever comes next after an
interruption looks, and does the next one. The caller holds the lock that keeps others out.
"""

import time

from sqlalchemy import Connection, inspect, text

from oi_common.errors import Misconfigured
from oi_common.legacy.backup import are_equal, ensure_backup
from oi_common.legacy.columns import rows_of
from oi_common.legacy.findings import findings
from oi_common.legacy.progress import Progress
from oi_common.legacy.rebuild import CreateLedger, rebuild
from oi_common.legacy.shapes import (
    LEDGER,
    NEW,
    REPLACED,
    Shape,
    backups,
    count_rows,
    free_backup_name,
    left_alone,
    reflected,
    shape_of,
)

# Strict, so that nothing is cut off unseen; but old rows may hold zero dates, and an id of 0 stays 0.
_SQL_MODE = "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO"

UNKNOWN_SHAPE = (
    f"the database holds an {LEDGER} that is neither ours nor a predecessor's; nothing has been changed: "
    "rename it or choose another database, then run `oi migrate` again"
)


def convert(connection: Connection, create: CreateLedger, progress: Progress) -> None:
    """Leave no predecessor's table under our name. Raises Misconfigured for a table nobody knows."""
    inspector = inspect(connection)
    shape = shape_of(inspector)
    tell_of_others(left_alone(inspector), shape, progress)
    before = connection.exec_driver_sql("SELECT @@SESSION.sql_mode").scalar_one()
    quotes = ",ANSI_QUOTES" if "ANSI_QUOTES" in before else ""  # SQLAlchemy has seen it and quotes by it
    connection.exec_driver_sql("SET SESSION sql_mode = %s", (_SQL_MODE + quotes,))
    try:
        _convert(connection, shape, create, progress)
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.exec_driver_sql("SET SESSION sql_mode = %s", (before,))
            connection.commit()


def tell_of_others(others: list[str], shape: Shape, progress: Progress) -> None:
    if others and shape is not Shape.OURS:
        progress.say(f"left as they are, no table of ours needs them: {', '.join(others)}")


def _convert(connection: Connection, shape: Shape, create: CreateLedger, progress: Progress) -> None:
    if shape is Shape.UNKNOWN:
        raise Misconfigured(UNKNOWN_SHAPE)
    if shape is Shape.WITHOUT_EXPIRY:
        _set_aside(connection, progress)
    if shape is Shape.TRACKER:
        _replace(connection, create, progress)
    if inspect(connection).has_table(REPLACED):
        _finish(connection, progress)


def _set_aside(connection: Connection, progress: Progress) -> None:
    """Rename a table whose rows cannot become ledger rows: in one step it is its own backup."""
    name = free_backup_name(connection)
    rows = count_rows(connection, reflected(connection, LEDGER))
    connection.execute(text(f"RENAME TABLE `{LEDGER}` TO `{name}`"))
    progress.say(without_expiry(rows, name))


def without_expiry(rows: int, name: str) -> str:
    return (
        f"found: {LEDGER} of a predecessor, {rows:,} rows that do not say their expiry, so they cannot become rows of "
        f"the ledger; the whole table is now {name}, and the ledger begins empty"
    )


def found_tracker(rows: int) -> str:
    return (
        f"found: {LEDGER} of a predecessor, {rows:,} rows; all of them go to a backup, "
        "then one row for each time, index, expiry and strike is brought to today's columns"
    )


def _replace(connection: Connection, create: CreateLedger, progress: Progress) -> None:
    started = time.monotonic()
    progress.say(found_tracker(count_rows(connection, reflected(connection, LEDGER))))
    backup = ensure_backup(connection, progress)
    rebuild(connection, backup, create, progress)
    if not are_equal(connection, LEDGER, backup):
        raise Misconfigured(
            f"{LEDGER} was written to while it was migrated: stop the program that does, then run `oi migrate` again; "
            f"{LEDGER} is as it was"
        )
    connection.execute(text(f"RENAME TABLE `{LEDGER}` TO `{REPLACED}`, `{NEW}` TO `{LEDGER}`"))
    progress.say(f"replaced in {time.monotonic() - started:.0f} s")


def _finish(connection: Connection, progress: Progress) -> None:
    """Drop the replaced table, which the backup repeats; keep it when someone wrote to it at the last moment."""
    backup = backups(connection)[0]
    if are_equal(connection, REPLACED, backup):
        _tell(connection, backup, progress)
        connection.execute(text(f"DROP TABLE `{REPLACED}`"))
        return
    name = free_backup_name(connection)
    connection.execute(text(f"RENAME TABLE `{REPLACED}` TO `{name}`"))
    progress.say(
        f"rows were written to {LEDGER} in the last moment: they are not in the ledger, but {name} has them, "
        f"beside all that {backup} has"
    )


def _tell(connection: Connection, backup: str, progress: Progress) -> None:
    rows = rows_of(connection, reflected(connection, backup), reflected(connection, LEDGER))
    for sentence in findings(connection, rows).sentences(backup):
        progress.say(sentence)
