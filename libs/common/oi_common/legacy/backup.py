"""A full copy of the predecessor's table, made first, on MySQL and MariaDB.

The copy has another name while it grows and takes its own once it is the same as the original: a table called
`option_snapshots_before_…` is complete, whenever the work was interrupted.
"""

from sqlalchemy import Column, Connection, Integer, Table, func, insert, inspect, select, text

from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Progress
from oi_common.legacy.shapes import (
    COPY,
    LEDGER,
    NEW,
    backups,
    count_rows,
    free_backup_name,
    reflected,
)

_AT_ONCE = 20_000
_STILL_WRITTEN = (
    f"{LEDGER} changes while it is copied: stop the program that writes to it, then run `oi migrate` again; "
    "nothing has been changed"
)


def ensure_backup(connection: Connection, progress: Progress) -> str:
    """Return the name of a backup that is the same as the table now; make it if there is none."""
    found = same_as(connection, LEDGER)
    if found is not None:
        progress.say(f"backup: {found} is there already, complete")
        return found
    if not any(_is_copied(connection, progress) for _attempt in range(2)):
        raise Misconfigured(_STILL_WRITTEN)
    name = free_backup_name(connection)
    rows = count_rows(connection, reflected(connection, COPY))
    connection.execute(text(f"RENAME TABLE `{COPY}` TO `{name}`"))
    progress.say(f"backup: {name}, {rows:,} rows, the same as the original (compared by checksum)")
    return name


def same_as(connection: Connection, table: str) -> str | None:
    """Return the newest backup, if it holds exactly the rows of the table."""
    newest = next(iter(backups(connection)), None)
    return newest if newest is not None and are_equal(connection, table, newest) else None


def are_equal(connection: Connection, one: str, other: str) -> bool:
    """Compare two tables of one definition, row by row, by their checksums; the order of rows does not matter."""
    first, second = reflected(connection, one), reflected(connection, other)
    if [column.name for column in first.c] != [column.name for column in second.c]:
        return False
    if count_rows(connection, first) != count_rows(connection, second):
        return False
    sums = [row[1] for row in connection.execute(text(f"CHECKSUM TABLE `{one}`, `{other}`"))]
    connection.commit()
    return sums[0] is not None and sums[0] == sums[1]


def _is_copied(connection: Connection, progress: Progress) -> bool:
    """Copy what the copy lacks, and compare; a copy that is not the same is dropped, to begin anew."""
    _begin_copy(connection)
    original, copy = reflected(connection, LEDGER), reflected(connection, COPY)
    by = _number(original)
    if by is None:
        _copy_whole(connection, original, copy)
    else:
        _copy_on(connection, original, copy, by.name, progress)
    if are_equal(connection, LEDGER, COPY):
        return True
    connection.execute(text(f"DROP TABLE `{COPY}`"))
    return False


def _begin_copy(connection: Connection) -> None:
    """Make the empty copy; a table that was being built from an older backup is of no more use."""
    tables = set(inspect(connection).get_table_names())
    if NEW in tables:
        connection.execute(text(f"DROP TABLE `{NEW}`"))
    if COPY not in tables:
        connection.execute(text(f"CREATE TABLE `{COPY}` LIKE `{LEDGER}`"))
    indexes = inspect(connection).get_indexes(COPY)
    if not any(index["column_names"][0] == "time" for index in indexes):
        # The rows are taken from the backup bucket by bucket.
        connection.execute(text(f"CREATE INDEX migration_time ON `{COPY}` (time)"))


def _number(table: Table) -> Column[int] | None:
    """Return the single whole number that is the table's primary key, None when it has another key or none."""
    key = list(table.primary_key)
    return key[0] if len(key) == 1 and isinstance(key[0].type, Integer) else None


def _copy_whole(connection: Connection, original: Table, copy: Table) -> None:
    connection.execute(copy.delete())
    connection.execute(insert(copy).from_select(list(original.c.keys()), select(original)))
    connection.commit()


def _copy_on(connection: Connection, original: Table, copy: Table, by: str, progress: Progress) -> None:
    """Copy by ranges of the number, going on after the last that is there."""
    total, done = count_rows(connection, original), count_rows(connection, copy)
    number = original.c[by]
    last = connection.execute(select(func.max(copy.c[by]))).scalar()
    while True:
        after = [number > last] if last is not None else []
        batch = select(number).where(*after).order_by(number).limit(_AT_ONCE).subquery()
        upto = connection.execute(select(func.max(batch.c[0]))).scalar()
        if upto is None:
            return
        rows = select(original).where(*after, number <= upto)
        done += connection.execute(insert(copy).from_select(list(original.c.keys()), rows)).rowcount
        connection.commit()
        last = upto
        progress.advance("backing up", done, total)
