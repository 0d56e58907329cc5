"""Reading a day and a chain from a real (SQLite) database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from oi_cli.chain.reading import chains_of_last_day, nearest, read_chain
from oi_cli.main import app
from oi_cli.quality.checks import faults
from oi_cli.quality.ledger import Chain, Gap, Place
from oi_cli.quality.reading import last_day, read_ledger
from oi_cli.reading import connect_reader, reading
from oi_common.database import Database
from oi_common.tables import (
    chain_buckets,
    coverage_gaps,
    index_candles,
    oi_changes,
    option_snapshots,
)

POLLED_AT = datetime(2026, 11, 18, 3, 45, tzinfo=UTC).replace(tzinfo=None)


def bucket(ledgers, time="09:15", **changes):
    whole = {
        "time": ledgers.at(time),
        "index_name": "NIFTY",
        "expiry": ledgers.nifty.expiry,
        "polls": 9,
        "polls_expected": 9,
        "polls_missed": [],
        "changed": 1,
        "state": "sealed",
        "reason": "oi_changed",
        "is_stub": False,
        "candle_status": "merged",
        "pcr_oi": 0.83,
        "max_pain": 24500,
    }
    return {**whole, **changes}


def snapshot(ledgers, strike, time="09:15", **changes):
    whole = {
        "time": ledgers.at(time),
        "index_name": "NIFTY",
        "expiry": ledgers.nifty.expiry,
        "strike": strike,
        "index_open": 24500.0,
        "index_high": 24520.0,
        "index_low": 24490.0,
        "index_close": 24510.0,
        "ce_oi": 150_000,
        "ce_oi_change": 75,
        "spot": 24507.5,
        "feed_time": POLLED_AT,
        "source": "live",
        "reason": "oi_changed",
    }
    return {**whole, **changes}


def change(ledgers, time="09:15"):
    return {
        "index_name": "NIFTY",
        "expiry": ledgers.nifty.expiry,
        "feed_time": POLLED_AT,
        "polled_at": POLLED_AT,
        "time": ledgers.at(time),
        "changed": 2,
        "total": 4,
        "changed_ratio": 0.5,
        "changes": [],
        "source": "live",
    }


def candle(ledgers, time="09:15"):
    prices = dict.fromkeys(("open", "high", "low", "close"), 24500.0)
    return {"time": ledgers.at(time), "index_name": "NIFTY", **prices, "source": "live"}


@pytest.fixture
def stored(sqlite_url):
    """Store rows: stored({table: [row, …]})."""
    database = Database(sqlite_url)

    def store(rows):
        for table, of_table in rows.items():
            database.run_blocking(lambda c, t=table, r=of_table: c.execute(insert(t), r))

    yield store
    database.close()


@pytest.fixture
def connection(sqlite_url):
    engine = connect_reader(sqlite_url)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def one_bucket(stored, ledgers):
    stored(
        {
            chain_buckets: [bucket(ledgers)],
            option_snapshots: [
                snapshot(ledgers, 24500),
                snapshot(ledgers, 24550, ce_oi=None, ce_oi_change=None),
            ],
            oi_changes: [change(ledgers)],
            index_candles: [candle(ledgers)],
        }
    )


def test_an_empty_database_has_no_day(connection):
    assert last_day(connection) is None
    assert chains_of_last_day(connection, ["NIFTY"]) == ()


@pytest.mark.usefixtures("one_bucket")
def test_a_whole_bucket_is_read_whole(connection, ledgers):
    ledger = read_ledger(connection, last_day(connection))

    place = Place(ledgers.nifty, ledgers.at("09:15"))
    assert faults(ledger) == ()
    assert ledger.headers == (ledgers.header(changed=1, pcr_oi=0.83),)
    assert ledger.saved == {place: ledgers.saved(rows=2, oi_change=75, index_close=24510.0)}
    assert ledger.changes == {place: 1}
    assert ledger.candles == {("NIFTY", ledgers.at("09:15"))}


@pytest.mark.usefixtures("one_bucket")
def test_rows_without_candle_two_polls_and_gaps_are_seen(connection, stored, ledgers):
    later = POLLED_AT + timedelta(seconds=20)
    stored(
        {
            option_snapshots: [snapshot(ledgers, 24600, index_close=None, feed_time=later)],
            coverage_gaps: [
                {
                    "index_name": "NIFTY",
                    "expiry": ledgers.nifty.expiry,
                    "from_time": ledgers.at("10:00"),
                    "to_time": ledgers.at("10:06"),
                    "buckets": 3,
                    "noticed_at": POLLED_AT,
                }
            ],
        }
    )

    ledger = read_ledger(connection, ledgers.day)

    assert {fault.check for fault in faults(ledger)} == {"snapshots per bucket", "candles"}
    assert ledger.gaps == {ledgers.nifty: (Gap(3, is_repaired=False),)}


@pytest.mark.usefixtures("one_bucket")
def test_other_days_are_left_out(connection):
    assert read_ledger(connection, date(2026, 11, 17)).chains() == ()
    assert read_ledger(connection, date(2026, 11, 19)).chains() == ()


@pytest.mark.usefixtures("one_bucket")
def test_a_chain_is_shown_as_it_was_saved_and_the_unknown_stays_unknown(connection, ledgers):
    [chain] = chains_of_last_day(connection, ["BANKNIFTY", "NIFTY"])

    view = read_chain(connection, chain)

    assert (view.time, view.state) == (ledgers.at("09:15"), "sealed")
    assert (view.measures.pcr_oi, view.measures.max_pain) == (0.83, 24500)
    assert view.spot == 24507.5
    assert [row.ce.oi for row in view.rows] == [150_000, None]
    assert view.rows[0].pe.oi is None
    assert view.atm_strike == 24500


def test_the_nearest_expiry_is_chosen_unless_one_is_named():
    near, far = Chain("NIFTY", date(2026, 11, 23)), Chain("NIFTY", date(2026, 12, 1))

    assert nearest([near, far], "NIFTY") == near
    assert nearest([near, far], "NIFTY", far.expiry) == far
    assert nearest([near, far], "BANKNIFTY") is None


@pytest.mark.usefixtures("one_bucket")
def test_verify_tells_and_exits_by_what_it_finds(sqlite_url, stored, ledgers):
    fine = CliRunner().invoke(app, ["verify"], env={"DATABASE_URL": sqlite_url})
    stored({chain_buckets: [bucket(ledgers, "09:18", reason=None)]})
    broken = CliRunner().invoke(app, ["verify"], env={"DATABASE_URL": sqlite_url})

    assert (fine.exit_code, broken.exit_code) == (0, 1)
    assert "all 7 checks hold" in fine.output
    assert "1 polls changed OI, nothing is saved" in broken.output


@pytest.mark.usefixtures("one_bucket")
def test_table_shows_the_chain_even_when_redis_is_away(sqlite_url):
    environment = {"DATABASE_URL": sqlite_url, "REDIS_URL": "redis://127.0.0.1:1/0"}

    result = CliRunner().invoke(app, ["table", "--once", "--plain"], env=environment)

    assert result.exit_code == 0
    assert "NIFTY 24 Nov 2026   spot 24507.50   bucket 18 Nov 09:15 sealed" in result.output
    assert "24500" in result.output
