"""Eight trading days of two indices, and what the tables hold of them."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import FromClause, create_engine, func, insert, select
from sqlalchemy.sql.expression import Executable

from oi_cli.export.comparing import comparable
from oi_cli.retention.job import move_old_days
from oi_common.database import Database
from oi_common.legacy.progress import Progress
from oi_common.tables import ai_calls, chain_buckets, index_candles, oi_changes, option_snapshots
from support.made_rows import row
from support.predecessors import Told

FIRST = date(2026, 11, 2)
DAYS = [FIRST + timedelta(days=number) for number in (0, 1, 2, 3, 4, 7, 8, 9)]
BUCKETS, STRIKES, INDICES = 30, range(24000, 24500, 50), ("BANKNIFTY", "NIFTY")
SNAPSHOTS, CALLS = (
    BUCKETS * len(STRIKES) * len(INDICES),
    40,
)  # of an old day; of the five recent ones there is less
RECENT_SNAPSHOTS = len(STRIKES) * len(INDICES)
LEFT = [5 * RECENT_SNAPSHOTS, 5 * len(INDICES), 5 * CALLS]  # rows of HOT once the three old days have moved
HOT = (option_snapshots, oi_changes, ai_calls)


def fill(url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        for day in DAYS:
            for table, rows in rows_of_day(day, BUCKETS if day in DAYS[:3] else 1).items():
                connection.execute(insert(table), rows)
    database.close()


def rows_of_day(day: date, buckets: int) -> dict[Any, list[dict[str, Any]]]:
    opens = datetime.combine(day, datetime.min.time()) + timedelta(hours=9, minutes=15)
    chains = [{"index_name": name, "expiry": date(2026, 11, 24)} for name in INDICES]
    places = [(chain, opens + number * timedelta(minutes=3)) for number in range(buckets) for chain in chains]
    in_utc = opens - timedelta(hours=5, minutes=30)
    return {
        chain_buckets: [row(chain_buckets, **chain, time=time) for chain, time in places],
        index_candles: [row(index_candles, index_name=chain["index_name"], time=time) for chain, time in places],
        option_snapshots: [
            row(option_snapshots, **chain, time=time, strike=strike, ce_oi=strike, ce_gamma=0.00012345)
            for chain, time in places
            for strike in STRIKES
        ],
        oi_changes: [
            row(oi_changes, **chain, time=time, feed_time=in_utc + (time - opens), changes=[{"b": 1, "a": [2]}])
            for chain, time in places
        ],
        ai_calls: [
            row(ai_calls, call_id=f"{day}-{number}", called_at=in_utc + number * timedelta(minutes=1), latency_ms=1 / 3)
            for number in range(CALLS)
        ],
    }  # fmt: skip


def counted(url: str, *tables: FromClause) -> list[int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
    engine.dispose()
    return found


def content(url: str) -> dict[str, list[str]]:
    """Return every row of the tables that are archived, but the clock of the database."""
    engine, found = create_engine(url), dict[str, list[str]]()
    with engine.connect() as connection:
        for table in HOT:
            columns = [column for column in table.c if column.name not in {"created_at", "updated_at"}]
            rows = connection.execute(select(*columns)).all()
            found[table.name] = sorted(repr([_plain(value) for value in one]) for one in rows)
    engine.dispose()
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, sort_keys=True)
    return comparable(value) if isinstance(value, float) else value


def change(url: str, statement: Executable) -> None:
    """Do what another program does meanwhile."""
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(statement)
    database.close()


def moved(url: str, folder: Path, progress: Progress | None = None) -> list[str]:
    """Move all but the last five days."""
    return list(move_old_days(url, folder, None, 5, progress or Told()))
