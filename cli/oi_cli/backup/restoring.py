"""Restoring a backup into an empty database; broken off, it goes on where it was when it is run again."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from oi_cli.backup.loading import load
from oi_cli.backup.manifest import Kept, Manifest, check_files, read_manifest
from oi_cli.exits import Failed
from oi_cli.export.comparing import difference
from oi_cli.export.view import one_view, writing_engine
from oi_common.errors import Misconfigured, Unavailable
from oi_common.legacy.progress import Progress
from oi_common.migrations import revisions, upgrade

# There while a restore is under way: which backup, and which of its tables are done.
_MARK = Table(
    "restore_under_way",
    MetaData(),
    Column("backup", String(64), nullable=False),
    Column("done", String(64), nullable=False),
    PrimaryKeyConstraint("backup", "done"),
)
_BEGUN = ""  # stands for the restore itself


def restore(folder: Path, url: str, progress: Progress) -> Manifest:
    """Migrate the empty database to the backup's revision, load and compare every table, migrate to today's.

    Raises Failed for a damaged backup and for rows that are not what was backed up, Misconfigured for a database
    that is not empty, Unavailable when it is away.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest.tables, progress)
    if manifest.revision not in revisions():
        raise Misconfigured(
            f"{folder} is of revision {manifest.revision}, which this version does not know: take a newer one"
        )
    backup = sha256(manifest.text().encode()).hexdigest()
    with _engine(url) as engine:
        done = _begin(engine, backup, progress)
        left = [kept for kept in manifest.tables if kept.table not in done]
        if left:
            upgrade(url, progress, to=manifest.revision)
        for kept in left:
            _restore_table(engine, url, folder, kept, progress)
            _mark(engine, backup, kept.table)
        upgrade(url, progress)
        _MARK.drop(engine)
    return manifest


def _restore_table(engine: Engine, url: str, folder: Path, kept: Kept, progress: Progress) -> None:
    with engine.begin() as connection:
        connection.execute(delete(table(kept.table)))  # what an earlier try has left
    load(engine, folder / kept.file, progress)
    with one_view(url) as connection:
        found = difference(connection, folder / kept.file, progress=progress)
    if found is not None:
        raise Failed(f"{kept.table} is not what was backed up: {found}")


def _begin(engine: Engine, backup: str, progress: Progress) -> set[str]:
    """Return the tables that an earlier try has restored. Raises Misconfigured for a database with other rows."""
    with engine.connect() as connection:
        tables = sorted(inspect(connection).get_table_names())
        if _MARK.name in tables:
            return _under_way(connection, backup, progress)
    if tables:
        raise Misconfigured(
            f"the database is not empty, it holds {_some(tables)}: name a new one with --into"
        )
    _MARK.create(engine)
    _mark(engine, backup, _BEGUN)
    return set()


def _under_way(connection: Connection, backup: str, progress: Progress) -> set[str]:
    rows = connection.execute(select(_MARK.c.backup, _MARK.c.done)).all()
    if any(row.backup != backup for row in rows):
        raise Misconfigured(
            "the restore of another backup into this database was broken off: "
            "finish that one, or name a new database with --into"
        )
    progress.say(f"a restore was broken off here: going on, {max(len(rows) - 1, 0)} tables are done")
    return {row.done for row in rows}


def _mark(engine: Engine, backup: str, done: str) -> None:
    with engine.begin() as connection:
        connection.execute(insert(_MARK).values(backup=backup, done=done))


def _some(tables: list[str]) -> str:
    more = f" and {len(tables) - 3} more tables" if len(tables) > 3 else ""
    return ", ".join(tables[:3]) + more


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = writing_engine(url)
    try:
        yield engine
    except OperationalError as e:
        raise Unavailable(f"database: {e.orig}; run the same command again to go on") from e
    except DBAPIError as e:
        raise Failed(f"the database refuses a row of the backup: {e.orig}") from e
    finally:
        engine.dispose()
