"""`oi verify` on real databases."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from oi_cli.main import app
from oi_cli.quality.ledger import Chain, Gap, Greeks
from oi_cli.quality.reading import read_ledger
from oi_cli.reading import connect_reader, reading
from oi_common.clock import WallClock
from oi_common.database import Database
from oi_common.market.buckets import utc_naive
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots

DAY, EXPIRY = date(2026, 1, 7), date(2026, 1, 13)
OPEN = datetime(2026, 1, 7, 3, 45, tzinfo=UTC).replace(tzinfo=None)
KEY = {"index_name": "NIFTY", "expiry": EXPIRY}
PRICES = dict.fromkeys(("open", "high", "low", "close"), 24500.0)
WIDTH = timedelta(minutes=3)


def ist(number):
    return datetime(2026, 1, 7, 9, 15) + number * WIDTH  # noqa: DTZ001 - wall time as the tables hold it


def bucket(number, **changes):
    end = OPEN + (number + 1) * WIDTH
    whole = {"time": ist(number), **KEY, "polls": 9, "polls_expected": 9, "polls_missed": [], "changed": 1}
    whole |= {"state": "sealed", "reason": "oi_changed", "source": "live", "is_stub": False}
    whole |= {"feed_time": end - timedelta(seconds=20), "saved_at": end, "sealed_at": end}
    return {**whole, "candle_status": "merged", **changes}


def snapshot(number, strike, **changes):
    whole = {"time": ist(number), **KEY, "strike": strike, "ce_oi": 100, "pe_oi": 200, "feed_time": OPEN}
    whole |= {f"index_{name}": price for name, price in PRICES.items()}
    return {**whole, "source": "live", "reason": "oi_changed", **changes}


def rows():
    """Four buckets: live with Greeks, one without change, one repaired, one missing."""
    greeks = {"ce_iv": 12.5, "ce_greeks_source": "broker", "pe_iv": 13.5, "pe_greeks_source": "model"}
    told = {"source": "backfill", "polls": 0, "polls_missed": ["09:21:00"] * 9}
    nobody = {"source": None, "polls": 0, "changed": 0, "reason": None, "state": "missing", "saved_at": None}
    change = {"feed_time": OPEN, "polled_at": OPEN, "changed": 1, "total": 2, "changed_ratio": 0.5}
    return {
        chain_buckets: [
            bucket(0),
            bucket(1, changed=0, reason=None),
            bucket(2, **told),
            bucket(3, **nobody, polls_missed=["09:24:00"] * 9),
        ],
        option_snapshots: [
            snapshot(0, 24500, **greeks),
            snapshot(0, 24550, **greeks, pe_oi=None),
            snapshot(2, 24500, source="backfill"),
            snapshot(0, 25000, index_name="BANKNIFTY", source="legacy", reason="legacy", ce_iv=0),
        ],
        oi_changes: [
            {**KEY, **change, "time": ist(0), "changes": [], "source": "live"},
            {**KEY, **change, "feed_time": OPEN + WIDTH, "time": ist(2), "changes": [], "source": "backfill"},
        ],
        index_candles: [
            {"time": ist(n), "index_name": "NIFTY", **PRICES, "source": "live"} for n in range(4)
        ],
        coverage_gaps: [
            {
                **KEY,
                "from_time": ist(n),
                "to_time": ist(n),
                "buckets": 1,
                "noticed_at": OPEN,
                "repaired_at": at,
            }
            for n, at in ((2, OPEN), (3, None))
        ],
    }


@pytest.fixture
def stored(any_database_url):
    return store(any_database_url, rows())


def store(url, of_tables):
    database = Database(url)
    for table, of_table in of_tables.items():
        for row in of_table:
            database.run_blocking(lambda c, t=table, r=row: c.execute(insert(t).values(r)))
    database.close()
    return url


def read(url):
    engine = connect_reader(url)
    with reading(engine) as connection:
        ledger = read_ledger(connection, DAY, utc_naive(WallClock().now()))
    engine.dispose()
    return ledger


def verify(url, *arguments):
    return CliRunner().invoke(app, ["verify", *arguments], env={"DATABASE_URL": url})


def test_a_day_is_graded_from_the_tables(stored, tmp_path):
    picture = tmp_path / "certificate.png"

    done = verify(stored, "--json", "--day", "2026-01-07", "--image", str(picture))

    said = json.loads(done.output)
    [chain] = said["chains"]
    assert done.exit_code == 0, said["faults"]
    assert said["so_far"] is True  # simulated: nothing in the tables is newer than the fourth bucket
    assert (chain["buckets_expected"], chain["buckets_seen"], chain["buckets_saved"]) == (4, 2, 2)
    assert (chain["buckets_repaired"], chain["buckets_missing"], chain["candles_merged"]) == (1, 1, 4)
    assert (chain["poll_slots"], chain["poll_slots_missed"]) == (36, 18)
    assert chain["score"] == pytest.approx(100 * (1 + 1 + 0.9 + 0) / 4)
    assert chain["greeks"] == {"legs": 5, "broker": 2, "model": 1}
    assert (chain["gaps"], chain["gaps_repaired"], chain["longest_gap"]) == (2, 1, 1)
    assert said["legacy"] == [{"index_name": "BANKNIFTY", "expiry": "2026-01-13", "rows": 1}]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_last_day_is_taken_and_the_least_grade_decides_the_exit_code(stored):
    assert verify(stored).exit_code == 0
    assert "BANKNIFTY 13 Jan: 1 legacy rows, not graded" in verify(stored).output
    assert verify(stored, "--minimum-grade", "F").exit_code == 0
    assert verify(stored, "--minimum-grade", "D").exit_code == 1


def test_legacy_rows_alone_are_listed(any_database_url):
    legacy = {option_snapshots: [snapshot(0, 24500, source="legacy", reason="legacy")]}

    done = verify(store(any_database_url, legacy))

    assert done.exit_code == 0
    assert "NIFTY 13 Jan: 1 legacy rows, not graded" in done.output


def test_what_the_database_holds_is_read_whole(stored):
    ledger = read(stored)

    nifty = Chain("NIFTY", EXPIRY)
    assert ledger.gaps == {nifty: (Gap(1, is_repaired=True), Gap(1, is_repaired=False))}
    assert ledger.greeks == {nifty: Greeks(5, broker=2, model=1)}
    assert ledger.traces.newest == ist(4)
    assert [header.slots_missed for header in ledger.by_chain()[nifty]] == [0, 0, 9, 9]


@pytest.mark.parametrize("zone", ["+00:00", "+05:30"])
def test_whose_clock_it_was_is_told_whatever_zone_the_database_keeps(database_url, zone):
    now = utc_naive(WallClock().now())
    local = f"{database_url}&init_command=SET time_zone='{zone.replace('+', '%2B')}'"
    by_the_wall = {chain_buckets: [bucket(0, saved_at=now)], option_snapshots: [snapshot(0, 24500)]}
    store(local, by_the_wall)

    assert abs(read(local).traces.skew) < timedelta(minutes=1)


def test_a_clock_that_is_not_the_databases_is_a_simulated_one(stored):
    now = utc_naive(WallClock().now())

    skew = read(stored).traces.skew

    assert abs(skew - (now - (OPEN + 3 * WIDTH))) < timedelta(minutes=1)
