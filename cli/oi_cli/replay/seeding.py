"""Giving a replay's database what the day before has left: the day's first changes are counted from it."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Engine, Table, create_engine, insert

from oi_cli.reading import connect_reader, reading
from oi_cli.record.before import BEFORE, rows_before
from oi_cli.record.finishing import ROWS_BEFORE
from oi_cli.record.rows import Row, kept_rows, typed
from oi_cli.replay.plan import ReplayPlan

_TOGETHER = 500


def seed(plan: ReplayPlan, database_url: str) -> int:
    """Write the rows of the day before that the recording has kept, else those of the database to compare with.

    Returns how many there were. Raises Unavailable when a database is away.
    """
    engine = create_engine(database_url)
    try:
        return sum(_write(engine, table, _rows(plan, table)) for table in BEFORE)
    finally:
        engine.dispose()


def _rows(plan: ReplayPlan, table: Table) -> Iterator[Row]:
    recording = plan.recording
    path = recording.folder / ROWS_BEFORE / f"{table.name}.parquet"
    if path.exists():
        yield from kept_rows(path)
    elif plan.compare_url is not None:
        live = connect_reader(plan.compare_url)
        try:
            with reading(live) as connection:
                yield from rows_before(connection, table, recording.day, recording.indices)
        finally:
            live.dispose()


def _write(engine: Engine, table: Table, rows: Iterable[Row]) -> int:
    rest, count = iter(rows), 0
    with engine.begin() as connection:
        while batch := list(islice(rest, _TOGETHER)):
            count += len(batch)
            connection.execute(
                insert(table), [{name: typed(table.c[name], row[name]) for name in row} for row in batch]
            )
    return count
