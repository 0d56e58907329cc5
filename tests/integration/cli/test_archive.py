"""Old days go into files and come back, and nothing is lost on the way."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, insert, update

from oi_cli.retention.job import move_old_days
from oi_common.errors import Unavailable
from oi_common.tables import archived_days, chain_buckets, index_candles, oi_changes, option_snapshots
from support.archiving import (
    DAYS,
    FIRST,
    HOT,
    LEFT,
    RECENT_SNAPSHOTS,
    SNAPSHOTS,
    change,
    content,
    counted,
    fill,
    moved,
    rows_of_day,
)
from support.exporting import At, run_oi
from support.made_rows import row
from support.predecessors import Told

TODAY = datetime(2026, 11, 11)  # noqa: DTZ001 - wall time


def test_old_days_move_and_come_back_as_they_were(eight_days, tmp_path):
    before, small = content(eight_days), counted(eight_days, chain_buckets, index_candles)

    said = run_oi("archive", "--keep-days", 5)

    assert counted(eight_days, *HOT) == LEFT
    assert counted(eight_days, chain_buckets, index_candles) == small
    assert f"option_snapshots of {FIRST}: {SNAPSHOTS} rows moved" in said
    file = tmp_path / "data" / "archive" / "option_snapshots" / f"{FIRST}.parquet"
    assert pq.read_metadata(file).num_rows == SNAPSHOTS
    assert f"{FIRST} is in the archive: `oi archive --load {FIRST}`" in run_oi(
        "verify", "--day", FIRST, code=1
    )

    for day in DAYS[:3]:
        assert f"oi_changes of {day}: 60 rows are back" in run_oi("archive", "--load", day)
    assert content(eight_days) == before
    assert "is in the tables already" in run_oi("archive", "--load", FIRST, code=1)
    assert "is not in the archive" in run_oi("archive", "--load", DAYS[5], code=1)


def test_a_day_that_was_brought_back_moves_again_without_a_new_file(eight_days, tmp_path):
    run_oi("archive", "--keep-days", 5)
    run_oi("archive", "--load", FIRST)

    run_oi("archive", "--keep-days", 5)

    assert counted(eight_days, *HOT) == LEFT
    assert counted(eight_days, archived_days) == [9]
    assert run_oi("archive", "--keep-days", 5).strip() == "nothing to move"


def test_a_dry_run_says_what_would_move_and_moves_nothing(eight_days, tmp_path):
    said = run_oi("archive", "--before", DAYS[2], "--dry-run")

    assert f"option_snapshots: {2 * SNAPSHOTS:,} rows of 2 days, {DAYS[0]} to {DAYS[1]}" in said
    assert counted(eight_days, option_snapshots, archived_days) == [LEFT[0] + 3 * SNAPSHOTS, 0]
    assert not (tmp_path / "data" / "archive").exists()


def test_few_rows_are_deleted_at_once(eight_days, tmp_path):
    told = Told()

    moved(eight_days, tmp_path / "archive", told)

    done = [done for what, done, _ in told.steps if what == f"deleting option_snapshots of {FIRST}"]
    assert done == [500, SNAPSHOTS]


def test_who_writes_today_and_who_archives_do_not_wait_for_each_other(database_url, tmp_path):
    """SQLite has one writer at a time: the demo's database is archived when it is stopped."""
    fill(database_url)
    engine = create_engine(database_url)
    with engine.connect() as today:
        for table in (option_snapshots, oi_changes):
            today.execute(update(table).where(table.c.time >= TODAY).values(source="x"))
            today.execute(insert(table), rows_of_day(TODAY.date() + timedelta(days=1), 1)[table])

        moved(database_url, tmp_path / "archive", At("deleting", lambda: add_candle(database_url)))

        today.commit()
    engine.dispose()
    assert counted(database_url, option_snapshots) == [LEFT[0] + RECENT_SNAPSHOTS]


def add_candle(url):
    """What a service does meanwhile, and it may wait for a second at most."""
    engine = create_engine(url, connect_args={"init_command": "SET innodb_lock_wait_timeout = 1"})
    with engine.begin() as connection:
        connection.execute(
            insert(index_candles), [row(index_candles, index_name=uuid4().hex[:20], time=TODAY)]
        )
    engine.dispose()


def test_only_one_archives_at_a_time(eight_days, tmp_path):
    first = move_old_days(eight_days, tmp_path / "archive", None, 5, Told())
    next(first)

    with pytest.raises(Unavailable, match="another `oi archive` is at work"):
        moved(eight_days, tmp_path / "archive")

    list(first)


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--before", DAYS[4]], "the last 5 trading days stay; name at most 2026-11-05", 78),
        (["--keep-days", 4], "Error", 2),
        (["--keep-days", 5, "--before", FIRST], "say one of", 2),
        ([], "say one of", 2),
        (["--before", FIRST], "nothing to move", 0),
        (["--keep-days", 50], "nothing to move", 0),
    ],
)
def test_the_last_days_stay(sqlite_url, monkeypatch, tmp_path, arguments, said, code):
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    days = [datetime.combine(day, time(9, 15)) for day in DAYS]
    change(sqlite_url, insert(chain_buckets).values([row(chain_buckets, time=begins) for begins in days]))

    assert said in run_oi("archive", *arguments, code=code)
