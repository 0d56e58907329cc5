"""`oi table` on real databases, and with a real Redis beside one."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import redis
from sqlalchemy import insert
from typer.testing import CliRunner

from oi_cli.main import app
from oi_common.clock import CLOCK_KEY
from oi_common.database import Database
from oi_common.events import ChainPolled, TickReceived, stream_of
from oi_common.market.buckets import IST
from oi_common.tables import chain_buckets, index_candles, option_snapshots
from oi_common.wire import encode

NEAR, FAR = date(2026, 11, 24), date(2026, 12, 1)
BUCKET = datetime(2026, 11, 18, 10, 3)  # noqa: DTZ001 - wall time as the tables hold it
POLLED_AT = datetime(2026, 11, 18, 4, 33, 20, tzinfo=UTC)
NO_REDIS = "redis://127.0.0.1:1/0"


def snapshot(strike, time=BUCKET, expiry=NEAR, **changes):
    whole = {
        "time": time,
        "index_name": "NIFTY",
        "expiry": expiry,
        "strike": strike,
        "spot": Decimal("24507.50"),
    }
    whole |= {"feed_time": POLLED_AT.replace(tzinfo=None), "source": "live", "reason": "oi_changed"}
    return {**whole, **changes}


def bucket(time=BUCKET, expiry=NEAR, **changes):
    whole = {"time": time, "index_name": "NIFTY", "expiry": expiry, "polls": 8, "polls_expected": 9}
    whole |= {"polls_missed": ["10:04:20"], "changed": 5, "state": "sealed", "is_stub": False}
    return {**whole, **changes}


CALL = {
    "ce_oi": 15_000_000, "ce_oi_change": 1_500_000, "ce_oi_percent_change": Decimal("11.1111"),
    "ce_ltp": Decimal("101.50"), "ce_ltp_change": Decimal("-3.25"), "ce_ltp_percent_change": Decimal("-3.1026"),
    "ce_delta": Decimal("0.5234"), "ce_theta": Decimal("-12.3456"), "verdict": "Strong Bearish",
}  # fmt: skip
MEASURED = {
    "pcr_oi": Decimal("0.8300"), "max_pain": 24500, "straddle": Decimal("231.40"), "atm_iv": Decimal("12.3400"),
    "direction": "BEARISH", "confidence": Decimal("62.0000"),
    "support": [{"strike": 24450, "oi": 1, "strength": 0.2, "change": None, "is_fresh": None}],
    "resistance": [{"strike": 24500, "oi": 2, "strength": 0.3, "change": 3, "is_fresh": True}],
}  # fmt: skip


@pytest.fixture
def stored(any_database_url):
    """Two expiries; the near one saved twice, its last bucket with every measure, the far one bare."""
    database = Database(any_database_url)
    prices = dict.fromkeys(("open", "high", "low", "close"), Decimal("13.25"))
    rows = {
        option_snapshots: [snapshot(24500, BUCKET - timedelta(minutes=6)), snapshot(24600, expiry=FAR)],
        chain_buckets: [bucket(**MEASURED)],
        index_candles: [{"time": BUCKET, "index_name": "INDIAVIX", **prices, "source": "live"}],
    }
    for table, of_table in rows.items():
        database.run_blocking(lambda c, t=table, r=of_table: c.execute(insert(t), r))
    for row in (snapshot(24450), snapshot(24500, **CALL)):
        database.run_blocking(lambda c, r=row: c.execute(insert(option_snapshots), r))
    database.close()
    return any_database_url


def shown(database_url, *options, redis_url=NO_REDIS):
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "COLUMNS": "140"}
    return CliRunner().invoke(app, ["table", *options], env=environment)


def test_a_snapshot_is_shown_with_every_measure_of_its_bucket(stored):
    said = shown(stored, "--once", "--plain", "--width", "200").output

    for words in (
        "NIFTY 24 Nov 2026", "spot 24507.50", "bucket 18 Nov 10:03 sealed", "direction BEARISH 62 %", "PCR 0.83",
        "max pain 24500", "straddle 231.40", "ATM IV 12.3 %", "VIX 13.25", "support 24450", "resistance 24500!",
        "2 strikes", "1 changed", "polls 8 of 9, missed 10:04:20", "against the previous snapshot, 09:57",
    ):  # fmt: skip
        assert words in said
    [line] = [line for line in said.splitlines() if "▸24500◂" in line]
    assert line.split()[:8] == ["-12.3", "0.52", "-3.1", "+11.1", "104.75", "101.50", "135.0", "150.0"]
    assert line.endswith("Strong Bear")


def test_a_chain_without_a_header_row_is_shown_as_far_as_it_is_known(stored):
    result = shown(stored, "--once", "--plain", "--expiry", "2026-12-01")

    assert result.exit_code == 0
    assert "NIFTY 01 Dec 2026" in result.output
    assert "this is the day's first snapshot" in result.output


def test_the_csv_has_every_column_unrounded_and_leaves_the_unknown_empty(stored):
    lines = list(csv.DictReader(io.StringIO(shown(stored, "--csv").output)))

    told = {name: value for name, value in lines[1].items() if value}
    assert [line["strike"] for line in lines] == ["24450", "24500"]
    assert told == {
        "time": "2026-11-18 10:03:00", "index_name": "NIFTY", "expiry": "2026-11-24", "strike": "24500",
        "ce_theta": "-12.3456", "ce_delta": "0.5234", "ce_ltp_percent_change": "-3.1026",
        "ce_oi_percent_change": "11.1111", "ce_previous_ltp": "104.75", "ce_ltp": "101.5",
        "ce_previous_oi": "13500000", "ce_oi": "15000000", "verdict": "Strong Bearish",
    }  # fmt: skip
    assert len(lines[1]) == 3 + 18


def test_a_picture_shows_the_same_table(stored, tmp_path):
    file = tmp_path / "table.svg"

    result = shown(stored, "--svg", str(file), "--width", "120")

    assert result.exit_code == 0
    assert "24500" in file.read_text(encoding="utf-8")


def test_an_index_without_a_snapshot_is_said_to_have_none(stored):
    result = shown(stored, "--once", "--index", "BANKNIFTY")

    assert result.exit_code == 69
    assert "there is no snapshot of BANKNIFTY yet" in result.output


def test_the_streams_tell_the_present_spot_and_vix(stored, redis_url):
    at = datetime(2026, 11, 18, 10, 5, tzinfo=IST)
    of_poll = {"index_name": "NIFTY", "expiry": NEAR, "segment": "NFO", "polled_at": at, "source": "live"}
    poll = ChainPolled(**of_poll, feed_time=at, lot_size=75, spot=24555.5, quotes=())
    tick = TickReceived(
        segment="NSE", token="99926017", symbol="INDIA VIX", exchange_time=at, received_at=at, ltp=14.5
    )  # fmt: skip
    now = (at + timedelta(seconds=7)).timestamp()
    clock = {"sim": now, "real": 1000.0, "speed": 1.0, "limit": now, "state": "running"}
    with redis.Redis.from_url(redis_url) as client:
        client.xadd(stream_of(ChainPolled, "NIFTY"), encode(poll))
        client.xadd(stream_of(TickReceived, "INDIAVIX"), encode(tick))
        client.hset(CLOCK_KEY, mapping=clock)

    said = shown(stored, "--once", "--plain", redis_url=redis_url).output

    assert "spot 24555.50" in said
    assert "data 7 s old" in said
    assert "VIX 14.50" in said
