"""A recorded day is finished once it is closed, and again when more has come."""

from datetime import date, datetime

import pytest
from sqlalchemy import create_engine

from oi_cli.record.files import folder_of, parts_in
from oi_cli.record.finishing import contents_of, finish, unfinished_days
from oi_cli.record.inputs import Input, Recorded
from oi_cli.record.parquet import read_parts, write_part
from oi_common.market.buckets import IST
from oi_common.migrations import upgrade
from oi_common.tables import chain_buckets
from oi_common.trimming import EntryId
from oi_common.upserts import upsert
from support.made_rows import full_row

DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 16, 0, tzinfo=IST)
POLLS, DAYS, TICKS = Input("polls", "NIFTY"), Input("days", "NIFTY"), Input("ticks", "NIFTY")


@pytest.fixture
def database(sqlite_url):
    """A database with a bucket of the day, and one of another day."""
    upgrade(sqlite_url)
    engine = create_engine(sqlite_url)
    rows = [
        full_row(chain_buckets, index_name="NIFTY", time=datetime(2026, 11, day, 9, 15))  # noqa: DTZ001 - as the columns are
        for day in (19, 20)
    ]
    with engine.begin() as connection:
        upsert(connection, chain_buckets, rows)
    yield engine
    engine.dispose()


@pytest.fixture
def came(tmp_path):
    """Let entries come, a file each: came(POLLS, 1, 2)."""

    def write(recorded, *numbers):
        for number in numbers:
            entry = Recorded(EntryId(number), {"v": "1", "polled_at": f"{DAY}T10:00:00+05:30"})
            write_part(folder_of(tmp_path, DAY, recorded), recorded, DAY, [entry])

    return write


def test_a_day_is_ripe_when_it_is_closed_and_before_when_it_is_left(tmp_path, came):
    came(POLLS, 1, 2)

    assert unfinished_days(tmp_path) == []
    assert unfinished_days(tmp_path, with_open=True) == [DAY]

    came(DAYS, 3)

    assert unfinished_days(tmp_path) == [DAY]


def test_a_finished_day_has_one_file_for_each_stream_its_rows_and_a_count_of_all(tmp_path, came, database):
    came(POLLS, 1, 2, 4)
    came(DAYS, 3)

    finish(tmp_path, DAY, database, AT)

    told = contents_of(tmp_path / str(DAY))
    assert told["entries"] == {"days/NIFTY": 1, "polls/NIFTY": 3}
    assert (told["is_closed"], told["rows"]["chain_buckets"], told["rows"]["oi_changes"]) == (True, 1, 0)
    [part] = parts_in(folder_of(tmp_path, DAY, POLLS))
    assert [entry.id.ms for entry in read_parts([part])] == [1, 2, 4]
    assert unfinished_days(tmp_path, with_open=True) == []


def test_what_comes_later_is_finished_too_but_for_ticks(tmp_path, came, database):
    came(POLLS, 1)
    came(DAYS, 3)
    finish(tmp_path, DAY, database, AT)

    came(TICKS, 5)
    assert unfinished_days(tmp_path) == []
    came(POLLS, 6)
    assert unfinished_days(tmp_path) == [DAY]

    finish(tmp_path, DAY, database, AT)
    assert contents_of(tmp_path / str(DAY))["entries"] == {
        "ticks/NIFTY": 1,
        "days/NIFTY": 1,
        "polls/NIFTY": 2,
    }
