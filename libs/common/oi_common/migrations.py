"""Bringing a database to today's schema with Alembic."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from oi_common.database import connect_database
from oi_common.errors import Misconfigured, Unavailable


def upgrade(database_url: str) -> tuple[str | None, str]:
    """Run every migration the database lacks; return its revision before and after.

    Raises Unavailable when the database is away, Misconfigured when the migrations cannot be found.
    """
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    engine = connect_database(database_url)
    try:
        with engine.connect() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OperationalError as e:
        raise Unavailable(f"database: {e.orig}") from e
    finally:
        engine.dispose()
    head = ScriptDirectory.from_config(config).get_current_head()
    return before, head or "nothing"


def _migrations() -> Path:
    """Return the migrations folder: MIGRATIONS_DIR, or the one of the checkout this package lies in."""
    named = os.environ.get("MIGRATIONS_DIR")
    candidates = [Path(named)] if named else [parent / "migrations" for parent in Path(__file__).parents]
    for folder in candidates:
        if (folder / "env.py").is_file():
            return folder
    raise Misconfigured("MIGRATIONS_DIR: set it to the folder that holds the migrations' env.py")
