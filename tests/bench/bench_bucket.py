"""A bucket of 4,500 rows from its close to its commit: our upsert, SQLAlchemy's executemany, and its ORM row by row.

The table is the ledger's own, with all its columns; every second round updates what the round before has inserted.
"""

import statistics
import threading
import time
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session, registry

from oi_common.database import Database
from oi_common.tables import option_snapshots
from oi_common.upserts import upsert

ROWS, BUCKETS, FEW = 4_500, 24, 150
INDICES = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX")
EXPIRIES = (date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 8))
OPENS = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001 - as `time` columns are
KEY = frozenset(column.name for column in option_snapshots.primary_key)
WRITERS, WRITES = 4, 30


class Snapshot:
    """A row as an object, for the ORM."""


registry().map_imperatively(Snapshot, option_snapshots)


def bucket(number, polled=0):
    """Return the rows of a bucket: every measured column has a value."""
    rng = Random(number)
    time_, fed = OPENS + timedelta(minutes=3 * number), OPENS + timedelta(minutes=3 * number, seconds=polled)
    chains = [(index, expiry) for index in INDICES for expiry in EXPIRIES]
    rows = []
    for place in range(ROWS):
        index, expiry = chains[place % len(chains)]
        told = {
            "time": time_,
            "index_name": index,
            "expiry": expiry,
            "strike": 20_000 + 50 * (place // len(chains)),
        }
        told |= {"feed_time": fed, "source": "live", "reason": "change", "verdict": "neutral"}
        rows.append({c.name: told.get(c.name, _made(rng, c)) for c in option_snapshots.columns})
    return rows


def _made(rng, column):
    kind = column.type.python_type
    if kind is int:
        return rng.randrange(100)
    if kind is str:
        return "x"
    if kind is datetime:
        return OPENS
    return round(rng.random() * 90, 2)


@pytest.fixture
def database(database_url):
    opened = Database(database_url)
    yield opened
    opened.close()


def ours(rows):
    return lambda connection: upsert(connection, option_snapshots, rows, guard="feed_time")


def core(rows):
    statement = mysql.insert(option_snapshots)
    updated = {c.name: statement.inserted[c.name] for c in option_snapshots.columns if c.name not in KEY}
    statement = statement.on_duplicate_key_update(updated)
    return lambda connection: connection.execute(statement, rows)


def by_orm(rows):
    """Look each row up and write it, one commit for each, as is often done."""

    def work(connection: Connection):
        with Session(bind=connection.engine) as session:
            for row in rows:
                found = session.get(Snapshot, tuple(row[c.name] for c in option_snapshots.primary_key))
                if found is None:
                    session.add(found := Snapshot())
                for name, value in row.items():
                    setattr(found, name, value)
                session.commit()

    return work


def seconds_of(database, work):
    began = time.perf_counter()
    database.run_blocking(work)
    return time.perf_counter() - began


def test_a_bucket_is_written_faster_than_by_executemany_and_by_the_orm(database, result):
    took = {"ours": [], "SQLAlchemy Core executemany": [], "ORM, row by row": []}
    for number in range(BUCKETS):
        rows = bucket(number // 2, polled=number % 2)
        shift = timedelta(days=1)
        apart = [{**row, "time": row["time"] + shift} for row in rows]  # rows of one way are not another's
        took["ours"].append(seconds_of(database, ours(rows)))
        took["SQLAlchemy Core executemany"].append(seconds_of(database, core(apart)))
        if number % 6 == 0:
            few = [{**row, "time": row["time"] + 2 * shift} for row in rows[:FEW]]
            took["ORM, row by row"].append(seconds_of(database, by_orm(few)) * ROWS / FEW)

    rows = bucket(BUCKETS)
    began = time.process_time()
    database.run_blocking(ours(rows))
    our_share = time.process_time() - began

    middle = {way: statistics.median(each) for way, each in took.items()}
    slowest = max(took["ours"])
    print()  # noqa: T201 - the table begins on a line of its own
    for way, each in middle.items():
        print(f"{way:<30} p50 {each * 1e3:7.0f} ms, {each / middle['ours']:6.1f} times ours")  # noqa: T201
    print(f"of one bucket of ours, {our_share * 1e3:.0f} ms are this process' own processor time")  # noqa: T201
    share = slowest / middle["ours"]
    print(f"slowest of {BUCKETS} of ours {slowest * 1e3:.0f} ms: {share:.2f} of the median")  # noqa: T201
    path = "4,500-row bucket, close to commit"
    result(path, "SQLAlchemy Core executemany", 1.8, middle["SQLAlchemy Core executemany"] / middle["ours"])
    result(path, "ORM row by row", 18, middle["ORM, row by row"] / middle["ours"])
    result(f"{path}: slowest of {BUCKETS}", "its median", 1.3, share, at_most=True)
    assert middle["SQLAlchemy Core executemany"] > middle["ours"]


def test_four_writers_of_the_same_rows_do_not_deadlock(database, result):
    rows = bucket(99)[:200]
    lost = []

    def write():
        for number in range(WRITES):
            newer = [{**row, "feed_time": row["feed_time"] + timedelta(seconds=number)} for row in rows]
            try:
                with database.engine.begin() as connection:  # not retried: a deadlock shows
                    upsert(connection, option_snapshots, newer, guard="feed_time")
            except Exception as e:  # noqa: BLE001 - counted, whatever it is
                lost.append(e)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    print(f"\n{WRITERS} writers x {WRITES} transactions of the same 200 rows: {len(lost)} failed {lost[:1]}")  # noqa: T201
    result("4 writers of the same rows: transactions lost", "none may be", 0, len(lost), "", at_most=True)
    assert not lost
    with database.engine.connect() as connection:
        assert len(connection.execute(select(option_snapshots.c.strike)).all()) == len(rows)
