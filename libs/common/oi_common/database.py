"""The database: one engine, one transaction at a time in a thread."""

import asyncio
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from oi_common.errors import Unavailable

T = TypeVar("T")

_ATTEMPTS = 8
_ONLY_READS = "oi_only_reads"
_RETRIED = {1205, 1213}  # lock wait timeout, deadlock: the whole transaction is run again
_NOT_MIGRATED = {1146, 1054}  # no such table, no such column
# Seconds. A client that is frozen in the middle of a transaction holds its locks until the server drops it; an
# idle connection of the pool is opened anew, which costs milliseconds.
_SILENT_AT_MOST = 10


def connect_database(url: str) -> Engine:
    """Return an engine for MySQL, MariaDB or SQLite, set up for one writer among several readers."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _connect_sqlite(url, parsed.database)
    return create_engine(
        parsed,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=4,
        connect_args={
            "connect_timeout": 5,
            "read_timeout": 60,
            "write_timeout": 60,
            "charset": "utf8mb4",
            "init_command": f"SET SESSION wait_timeout = {_SILENT_AT_MOST}",
        },
    )


def _connect_sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30}, isolation_level="SERIALIZABLE")

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=30000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later must hold the write lock from the start.
        only_reads = connection.get_execution_options().get(_ONLY_READS)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return engine


class Database:
    """Runs functions in transactions. The engine connects when it is first needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = connect_database(self._url)
        return self._engine

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction, in a thread; it is run again whole after a deadlock.

        Raises Unavailable when the database is away or not migrated yet.
        """
        return await asyncio.to_thread(self.run_blocking, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which only reads, in a thread; on SQLite it keeps no writer waiting. Raises as `run` does."""
        return await asyncio.to_thread(self.run_blocking, work, only_reads=True)

    def run_blocking(self, work: Callable[[Connection], T], *, only_reads: bool = False) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self.engine.connect() as connection:
                    connection.execution_options(**{_ONLY_READS: only_reads})
                    with connection.begin():
                        return work(connection)
            except (OperationalError, InterfaceError, PoolTimeoutError) as e:
                if attempt < _ATTEMPTS and _code(e) in _RETRIED:
                    time.sleep(0.01 * attempt)
                    continue
                raise Unavailable(f"database: {_said(e)}") from e
            except DBAPIError as e:
                if _code(e) in _NOT_MIGRATED:
                    raise Unavailable(f"database: {_said(e)}; run `oi migrate`") from e
                raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()


def on_day(time: ColumnElement[Any], day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a `time` column (IST wall time) lies on a day; an index on it serves them."""
    midnight = datetime.combine(day, datetime.min.time())
    return time >= midnight, time < midnight + timedelta(days=1)


def _code(error: Exception) -> int | None:
    original = getattr(error, "orig", None)
    code = original.args[0] if original is not None and original.args else None
    return code if isinstance(code, int) else None


def _said(error: Exception) -> str:
    original = getattr(error, "orig", None)
    said = " ".join(str(part) for part in original.args) if original is not None else str(error)
    return f"{said}; run `oi migrate`" if "no such table" in said else said
