"""What becomes of a predecessor's rows, on every database the project supports."""

import pytest
from sqlalchemy import text

from oi_common.migrations import upgrade
from support import predecessors as old


def test_of_two_rows_with_one_key_the_one_written_last_is_kept_and_both_are_in_the_backup(
    old_url, old_database, told
):
    old.tracker(
        old_database,
        {"ce_oi": 1, "created_at": "2025-08-14 03:50:00", "updated_at": "2025-08-14 03:52:00"},
        {"ce_oi": 2, "created_at": "2025-08-14 03:51:00", "updated_at": "2025-08-14 03:51:00"},
        {"ce_oi": 3, "strike": 24550},
    )

    upgrade(old_url, told)

    (backup,) = old.backups(old_database)
    assert [int(oi) for (oi,) in old.ledger(old_database, "ce_oi")] == [1, 3]
    assert old_database.execute(text(f"SELECT id, ce_oi FROM {backup} ORDER BY id")).all() == [
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
def test_newest_is_by_the_last_write_then_by_id(old_url, old_database, earlier, later):
    def row(oi, moments):
        made, updated = (f"2025-08-14 {moment}:00" if moment else None for moment in moments)
        return {"ce_oi": oi, "created_at": made, "updated_at": updated}

    old.tracker(old_database, row(1, earlier), row(2, later))

    upgrade(old_url)

    assert old.ledger(old_database, "ce_oi") == [(2,)]


def test_the_order_of_the_ids_does_not_decide_when_the_moments_do(old_url, old_database):
    old.tracker(
        old_database,
        {"ce_oi": 2, "created_at": "2025-08-14 03:53:00", "updated_at": None},
        {"ce_oi": 1, "created_at": "2025-08-14 03:50:00", "updated_at": "2025-08-14 03:52:00"},
    )

    upgrade(old_url)

    assert old.ledger(old_database, "ce_oi") == [(2,)]


def test_old_values_stay_as_they_are_zeros_too_and_what_was_never_said_is_null(old_url, old_database):
    old.tracker(
        old_database, {"ce_oi": 0, "pe_oi": 750, "ce_ltp": "101.35", "pe_vs_ce_oi_bar": "999999.9999"}
    )

    upgrade(old_url)

    names = ("ce_oi", "pe_oi", "ce_iv", "source", "reason", "ce_bid", "ce_oi_day_change", "verdict", "spot")
    assert old.ledger(old_database, *names) == [(0, 750, 0, "legacy", "legacy", None, None, None, None)]
    ((ltp, bar),) = old.ledger(old_database, "ce_ltp", "pe_vs_ce_oi_bar")
    assert (float(ltp), float(bar)) == (101.35, 999999.9999)
    ((time, feed_time),) = old.ledger(old_database, "time", "feed_time")
    assert str(time).startswith("2025-08-14 09:15:00")
    assert str(feed_time).startswith("2025-08-14 03:45:00")


def test_rows_without_a_complete_key_are_only_in_the_backup_and_counted(old_url, old_database, told):
    old.tracker(
        old_database,
        {"expiry": None},
        {"strike": None},
        {"index_name": None},
        {"ce_oi": 5},
    )

    upgrade(old_url, told)

    (backup,) = old.backups(old_database)
    assert old.ledger(old_database, "ce_oi") == [(5,)]
    assert old_database.execute(text(f"SELECT COUNT(*) FROM {backup}")).scalar() == 4
    assert "3 rows have no complete key" in str(told)


def test_times_off_the_grid_are_kept_and_told(old_url, old_database, told):
    old.tracker(old_database, {"time": "2025-08-14 09:16:20"}, {"time": "2025-08-14 09:57:00"})

    upgrade(old_url, told)

    assert [str(time)[:19] for (time,) in old.ledger(old_database, "time")] == [
        "2025-08-14 09:16:20",
        "2025-08-14 09:57:00",
    ]
    assert "1 kept rows do not begin on a 3-minute bucket" in str(told)


def test_rows_rounded_to_the_end_of_the_hour_are_kept_and_told(old_url, old_database, told):
    old.tracker(old_database, *({"time": f"2025-08-14 {hour:02}:57:00"} for hour in range(9, 16)))

    upgrade(old_url, told)

    assert len(old.ledger(old_database, "time")) == 7
    assert "7 kept rows are stamped HH:57" in str(told)


def test_an_expiry_written_as_text_becomes_a_day_where_it_says_one(old_url, old_database, told):
    spellings = ("2025-08-28", "28AUG2025", "28-Aug-2025", "2025-09-04 00:00:00", "weekly", "")
    old.tracker(
        old_database,
        *({"expiry": said, "strike": 24000 + 50 * n} for n, said in enumerate(spellings)),
        expiry="VARCHAR(30)",
    )

    upgrade(old_url, told)

    assert [str(day) for (day,) in old.ledger(old_database, "expiry")] == ["2025-08-28"] * 3 + ["2025-09-04"]
    assert "2 rows have no complete key" in str(told)
