"""One call of `oi archive`; what has been done is told as it is done."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from oi_cli.export.sets import ExportSet
from oi_cli.export.view import one_view, writing_engine
from oi_cli.retention.days import ARCHIVED, first_kept, of_day, old_days
from oi_cli.retention.moving import Archive
from oi_cli.retention.records import begun
from oi_common.errors import Misconfigured, Unavailable
from oi_common.legacy.progress import Progress

_NOTHING = "nothing to move"


def would_move(url: str, before: date | None, keep_days: int | None) -> Iterator[str]:
    """Yield what `move_old_days` would do."""
    found = False
    with one_view(url) as connection:
        until = first_kept(connection, before=before, keep_days=keep_days)
        for one, days in _old(connection, until):
            found = True
            rows = sum(of_day(one, day).count(connection) for day in days)
            yield f"{one.table.name}: {rows:,} rows of {len(days)} days, {days[0]} to {days[-1]}"
    if not found:
        yield _NOTHING


def move_old_days(
    url: str, folder: Path, before: date | None, keep_days: int | None, progress: Progress
) -> Iterator[str]:
    """Move what is old, table by table and day by day, oldest first."""
    with opened(url, folder, progress) as archive:
        with archive.engine.connect() as connection:
            until = first_kept(connection, before=before, keep_days=keep_days)
            work = [(one, day) for one, days in _old(connection, until) for day in days]
        for one, day in work:
            yield f"{one.table.name} of {day}: {archive.move(one, day):,} rows moved"
    if not work:
        yield _NOTHING


def _old(connection: Connection, until: date | None) -> Iterator[tuple[ExportSet, list[date]]]:
    """Yield the sets with their days of which there are rows, or which an earlier run has not finished."""
    if until is None:
        return
    for one in ARCHIVED:
        days = {*old_days(connection, one, until), *begun(connection, one.table.name, until)}
        if days:
            yield one, sorted(days)


@contextmanager
def opened(url: str, folder: Path, progress: Progress) -> Iterator[Archive]:
    """Lend the archive to one at a time. Raises Unavailable when another is at work, or the database is away."""
    engine = writing_engine(url)
    try:
        with _alone(folder):
            yield Archive(engine, url, folder, progress)
    except DBAPIError as e:
        raise Unavailable(f"database: {e.orig}; run the same command again to go on") from e
    finally:
        engine.dispose()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two that write the same file at once would spoil it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as e:
        raise Misconfigured(f"{folder} cannot be written ({e.strerror})") from e
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise Unavailable(f"another `oi archive` is at work in {folder}") from e
        yield
