"""What becomes of a predecessor's rows, on every database the project supports."""

import pytest
from sqlalchemy import create_engine, inspect, text

from oi_common.errors import Misconfigured
from oi_common.legacy.shapes import BACKUPS
from oi_common.migrations import upgrade
from support import predecessors as old


class Told:
    """Keeps what a person would have been shown."""

    def __init__(self):
        self.facts = []
        self.steps = []

    def say(self, text):
        self.facts.append(text)

    def advance(self, what, done, total):
        self.steps.append((what, done, total))

    def __str__(self):
        return "\n".join(self.facts)


@pytest.fixture(params=["sqlite", "server"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/old.db"
    return request.getfixturevalue("empty_database_url")


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def database(url):
    """A connection of the test's own, beside the migration's."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def tracker(database, *rows, keys="", expiry="DATE"):
    is_sqlite = database.dialect.name == "sqlite"
    old.run(database, [old.tracker_table(keys=keys, expiry=expiry, is_sqlite=is_sqlite)])
    old.insert(database, *rows)


def ledger(database, *names):
    found = database.execute(
        text(f"SELECT {', '.join(names)} FROM option_snapshots ORDER BY time, index_name, expiry, strike")
    )
    return [tuple(row) for row in found]


def backups(database):
    return [name for name in inspect(database).get_table_names() if name.startswith(BACKUPS)]


def test_of_two_rows_with_one_key_the_one_written_last_is_kept_and_both_are_in_the_backup(
    url, database, told
):
    tracker(
        database,
        {"ce_oi": 1, "created_at": "2025-08-14 03:50:00", "updated_at": "2025-08-14 03:52:00"},
        {"ce_oi": 2, "created_at": "2025-08-14 03:51:00", "updated_at": "2025-08-14 03:51:00"},
        {"ce_oi": 3, "strike": 24550},
    )

    upgrade(url, told)

    (backup,) = backups(database)
    assert [int(oi) for (oi,) in ledger(database, "ce_oi")] == [1, 3]
    assert database.execute(text(f"SELECT id, ce_oi FROM {backup} ORDER BY id")).all() == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]
    assert "1 duplicates are only in" in str(told)
    assert "NIFTY 2025-08-28 24500 at 2025-08-14 09:15:00 (2 times)" in str(told)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param(("03:50", "03:52"), ("03:53", None), id="never updated, but made later"),
        pytest.param((None, None), ("03:50", None), id="a moment that is not known is the oldest"),
        pytest.param(("03:50", None), ("03:50", None), id="the same second: the later id"),
        pytest.param((None, None), (None, None), id="nothing known: the later id"),
    ],
)
def test_newest_is_by_the_last_write_then_by_id(url, database, earlier, later):
    def row(oi, moments):
        made, updated = (f"2025-08-14 {moment}:00" if moment else None for moment in moments)
        return {"ce_oi": oi, "created_at": made, "updated_at": updated}

    tracker(database, row(1, earlier), row(2, later))

    upgrade(url)

    assert ledger(database, "ce_oi") == [(2,)]


def test_the_order_of_the_ids_does_not_decide_when_the_moments_do(url, database):
    tracker(
        database,
        {"ce_oi": 2, "created_at": "2025-08-14 03:53:00", "updated_at": None},
        {"ce_oi": 1, "created_at": "2025-08-14 03:50:00", "updated_at": "2025-08-14 03:52:00"},
    )

    upgrade(url)

    assert ledger(database, "ce_oi") == [(2,)]


def test_old_values_stay_as_they_are_zeros_too_and_what_was_never_said_is_null(url, database):
    tracker(database, {"ce_oi": 0, "pe_oi": 750, "ce_ltp": "101.35", "pe_vs_ce_oi_bar": "999999.9999"})

    upgrade(url)

    names = ("ce_oi", "pe_oi", "ce_iv", "source", "reason", "ce_bid", "ce_oi_day_change", "verdict", "spot")
    assert ledger(database, *names) == [(0, 750, 0, "legacy", "legacy", None, None, None, None)]
    ((ltp, bar),) = ledger(database, "ce_ltp", "pe_vs_ce_oi_bar")
    assert (float(ltp), float(bar)) == (101.35, 999999.9999)
    ((time, feed_time),) = ledger(database, "time", "feed_time")
    assert str(time).startswith("2025-08-14 09:15:00")
    assert str(feed_time).startswith("2025-08-14 03:45:00")


def test_rows_without_a_complete_key_are_only_in_the_backup_and_counted(url, database, told):
    tracker(
        database,
        {"expiry": None},
        {"strike": None},
        {"index_name": None},
        {"ce_oi": 5},
    )

    upgrade(url, told)

    (backup,) = backups(database)
    assert ledger(database, "ce_oi") == [(5,)]
    assert database.execute(text(f"SELECT COUNT(*) FROM {backup}")).scalar() == 4
    assert "3 rows have no complete key" in str(told)


def test_times_off_the_grid_are_kept_and_told(url, database, told):
    tracker(database, {"time": "2025-08-14 09:16:20"}, {"time": "2025-08-14 09:57:00"})

    upgrade(url, told)

    assert [str(time)[:19] for (time,) in ledger(database, "time")] == [
        "2025-08-14 09:16:20",
        "2025-08-14 09:57:00",
    ]
    assert "1 kept rows do not begin on a 3-minute bucket" in str(told)


def test_rows_rounded_to_the_end_of_the_hour_are_kept_and_told(url, database, told):
    tracker(database, *({"time": f"2025-08-14 {hour:02}:57:00"} for hour in range(9, 16)))

    upgrade(url, told)

    assert len(ledger(database, "time")) == 7
    assert "7 kept rows are stamped HH:57" in str(told)


def test_an_expiry_written_as_text_becomes_a_day_where_it_says_one(url, database, told):
    spellings = ("2025-08-28", "28AUG2025", "28-Aug-2025", "2025-09-04 00:00:00", "weekly", "")
    tracker(
        database,
        *({"expiry": said, "strike": 24000 + 50 * n} for n, said in enumerate(spellings)),
        expiry="VARCHAR(30)",
    )

    upgrade(url, told)

    assert [str(day) for (day,) in ledger(database, "expiry")] == ["2025-08-28"] * 3 + ["2025-09-04"]
    assert "2 rows have no complete key" in str(told)


def test_the_key_is_the_primary_key_and_the_old_id_is_gone(url, database):
    tracker(database, {"ce_oi": 1}, keys=old.KEY if database.dialect.name != "sqlite" else "")

    upgrade(url)

    found = inspect(database)
    assert found.get_pk_constraint("option_snapshots")["constrained_columns"] == [
        "time",
        "index_name",
        "expiry",
        "strike",
    ]
    assert "id" not in {column["name"] for column in found.get_columns("option_snapshots")}
    assert "chain_buckets" in found.get_table_names()


def test_a_table_without_expiry_is_set_aside_whole(url, database, told):
    row = "('2025-08-14 09:15:00', 'NIFTY24500', 'CE', 24500, 100, 24512.5, 0, 0)"
    old.run(database, [old.WITHOUT_EXPIRY, f"INSERT INTO option_snapshots VALUES {row}"])

    upgrade(url, told)

    (backup,) = backups(database)
    assert ledger(database, "time") == []
    assert database.execute(text(f"SELECT ce_oi FROM {backup}")).all() == [(100,)]
    assert "1 rows that do not say their expiry" in str(told)


def test_other_tables_of_the_predecessor_are_left_alone(url, database, told):
    tracker(database, {"ce_oi": 1})
    old.run(database, old.PHASE_1)

    upgrade(url, told)

    assert database.execute(text("SELECT * FROM options_raw_data")).all() == [(1, 65)]
    assert "options_raw_data, historical_oi_tracking, ai_trade_setups" in str(told)


def test_a_second_run_does_nothing(url, database, told):
    tracker(database, {"ce_oi": 1}, {"ce_oi": 2})
    upgrade(url)
    tables, rows = inspect(database).get_table_names(), ledger(database, "*")

    before, after = upgrade(url, told)

    assert before == after
    assert told.facts == told.steps == []
    assert (inspect(database).get_table_names(), ledger(database, "*")) == (tables, rows)


def test_a_table_nobody_knows_is_left_as_it_is_and_named(url, database):
    old.run(database, ["CREATE TABLE option_snapshots (id INT PRIMARY KEY, note VARCHAR(10))"])
    tables = inspect(database).get_table_names()

    with pytest.raises(Misconfigured, match="option_snapshots that is neither ours nor a predecessor's"):
        upgrade(url)

    assert inspect(database).get_table_names() == tables


def test_an_older_backup_is_never_written_over(url, database):
    tracker(database, {"ce_oi": 1})
    upgrade(url)
    (first,) = backups(database)
    old.run(database, ["DROP TABLE option_snapshots"])
    tracker(database, {"ce_oi": 7})

    upgrade(url)

    _, second = sorted(backups(database))
    assert database.execute(text(f"SELECT ce_oi FROM {first}")).all() == [(1,)]
    assert database.execute(text(f"SELECT ce_oi FROM {second}")).all() == [(7,)]
    assert ledger(database, "ce_oi") == [(7,)]


def test_a_foreign_table_under_a_name_of_ours_is_named_and_left_alone(url, database):
    old.run(database, ["CREATE TABLE services (id INT PRIMARY KEY)"])

    with pytest.raises(Misconfigured, match="another table called services"):
        upgrade(url)

    assert [column["name"] for column in inspect(database).get_columns("services")] == ["id"]
