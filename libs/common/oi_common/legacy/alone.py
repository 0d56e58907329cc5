"""One migration at a time: compose starts one, a person may start another."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from oi_common.legacy.progress import Progress

# The lock belongs to the connection: whoever is killed gives it up, once the server has ended his last statement.
_NAME = "CONCAT('oi_migrate:', LEFT(SHA2(DATABASE(), 256), 40))"
_ASKS_FOR_SECONDS = 5


@contextmanager
def alone(connection: Connection, progress: Progress) -> Iterator[None]:
    """Hold the database's migration lock. SQLite needs none: its transactions exclude one another."""
    if connection.dialect.name == "sqlite":
        yield
        return
    while not _asked(connection, f"SELECT GET_LOCK({_NAME}, {_ASKS_FOR_SECONDS})"):
        progress.say("another `oi migrate` is at work on this database: waiting for it to end")
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            _asked(connection, f"SELECT RELEASE_LOCK({_NAME})")


def _asked(connection: Connection, question: str) -> bool:
    answer = connection.exec_driver_sql(question).scalar_one()
    connection.commit()
    return bool(answer == 1)
