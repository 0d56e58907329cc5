"""Bringing a database to today's schema with Alembic, from nothing, from ours, or from a predecessor's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from oi_common.database import connect_database
from oi_common.errors import Misconfigured, Unavailable
from oi_common.legacy import convert, lite
from oi_common.legacy.alone import alone
from oi_common.legacy.progress import Progress, Silent
from oi_common.legacy.shapes import LEDGER, Shape, shape_of

_FIRST = "0001"  # the revision whose `option_snapshots` a predecessor's rows are brought to
# Revisions whose ledger table still is what the first one makes: a predecessor's can be brought to it.
_FIRST_FORM = {None, _FIRST, "0002"}
_LONGEST_STATEMENT_SECONDS = 3600
# Refused, full, or not a database: asking again would get the same answer.
_FINAL_CODES = {1021, 1044, 1114, 1142, 1143, 1227, 1370}
_FINAL_WORDS = ("unable to open database file", "readonly database", "not a database", "disk is full")


def upgrade(
    database_url: str, progress: Progress | None = None, *, to: str | None = None
) -> tuple[str | None, str]:
    """Run every migration the database lacks, or those up to one revision; return its revision before and after.

    Raises Unavailable when the database is away, Misconfigured when a person must change something first.
    """
    config = _config()
    with _connected(database_url) as connection, alone(connection, progress or Silent()):
        before = revision_of(connection)
        connection.rollback()
        _convert_predecessor(connection, config, before, progress or Silent())
        config.attributes["connection"] = connection
        command.upgrade(config, to or "head")
        connection.commit()
    return before, to or revisions()[-1]


def revisions() -> list[str]:
    """Return the revisions that the migrations make, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def revision_of(connection: Connection) -> str | None:
    """Return the database's revision, None before its first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def _convert_predecessor(
    connection: Connection, config: Config, before: str | None, progress: Progress
) -> None:
    if before not in _FIRST_FORM:
        shape = shape_of(inspect(connection))
        connection.rollback()
        if shape is Shape.TRACKER:
            raise Misconfigured(
                f"the database is at revision {before}, but {LEDGER} is a predecessor's: bring it to a database of its own"
            )
        if shape is not Shape.OURS:
            return

    def create(name: str) -> None:
        first = ScriptDirectory.from_config(config).get_revision(_FIRST)
        first.module.create_option_snapshots(Operations(MigrationContext.configure(connection)), name)

    (lite if connection.dialect.name == "sqlite" else convert).convert(connection, create, progress)


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    """Lend a connection, and say by kind of error whether it is worth asking again."""
    engine = _engine(database_url)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as e:
        if _is_final(e):
            raise Misconfigured(f"DATABASE_URL: the database refuses: {e.orig}") from e
        if isinstance(e, OperationalError):
            raise Unavailable(f"database: {e.orig}") from e
        raise
    except CommandError as e:
        raise Misconfigured(f"the database's alembic_version is not of these migrations ({e})") from e
    finally:
        engine.dispose()


def _engine(database_url: str) -> Engine:
    """Return an engine that waits for statements as long as those over millions of rows take."""
    if make_url(database_url).get_backend_name() == "sqlite":
        try:
            return connect_database(database_url)
        except OSError as e:
            raise Misconfigured(f"DATABASE_URL: the folder of its file cannot be made ({e})") from e
    patience = {"read_timeout": _LONGEST_STATEMENT_SECONDS, "write_timeout": _LONGEST_STATEMENT_SECONDS}
    return create_engine(
        database_url,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": 5, "charset": "utf8mb4", **patience},
    )


def _is_final(error: DBAPIError) -> bool:
    said = str(error.orig)
    code = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return code in _FINAL_CODES or any(words in said for words in _FINAL_WORDS)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    return config


def _migrations() -> Path:
    """Return the migrations folder: MIGRATIONS_DIR, or the one of the checkout this package lies in."""
    named = os.environ.get("MIGRATIONS_DIR")
    candidates = [Path(named)] if named else [parent / "migrations" for parent in Path(__file__).parents]
    for folder in candidates:
        if (folder / "env.py").is_file():
            return folder
    raise Misconfigured("MIGRATIONS_DIR: set it to the folder that holds the migrations' env.py")
