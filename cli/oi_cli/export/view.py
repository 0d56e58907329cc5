"""One view of the database: what is read through it is of one moment, whatever is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.engine.interfaces import IsolationLevel

from oi_cli.reading import connect_reader, reading
from oi_common.database import connect_database

_LONGEST_STATEMENT_SECONDS = 3600
_SESSION = (
    "SET SESSION time_zone = '+00:00', wait_timeout = 3600, net_write_timeout = 3600, net_read_timeout = 3600"
)


@contextmanager
def one_view(url: str) -> Iterator[Connection]:
    """Lend a connection that sees the database as it is now, until the block ends; it holds no lock on rows.

    Raises Misconfigured for a URL we cannot use, Unavailable when the database is away or has no tables yet.
    """
    engine = _engine(url)
    try:
        with reading(engine) as connection:
            for statement in _BEGIN[connection.dialect.name == "sqlite"]:
                connection.exec_driver_sql(statement)
            yield connection
    finally:
        engine.dispose()


_BEGIN = {
    True: ("BEGIN",),
    False: (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
}


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return connect_reader(url).execution_options(isolation_level="AUTOCOMMIT")
    return long_engine(url)


def long_engine(url: str, isolation: IsolationLevel = "AUTOCOMMIT") -> Engine:
    """Return an engine for statements of MySQL and MariaDB that take minutes; TIMESTAMPs are told in UTC."""
    return create_engine(
        url,
        isolation_level=isolation,
        connect_args={
            "connect_timeout": 5,
            "read_timeout": _LONGEST_STATEMENT_SECONDS,
            "write_timeout": _LONGEST_STATEMENT_SECONDS,
            "charset": "utf8mb4",
            "init_command": _SESSION,
        },
    )


def writing_engine(url: str) -> Engine:
    """Return an engine whose transactions write, and whose statements may take long."""
    is_file = make_url(url).get_backend_name() == "sqlite"
    return connect_database(url) if is_file else long_engine(url, "READ COMMITTED")
