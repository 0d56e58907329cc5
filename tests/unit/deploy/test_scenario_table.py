"""The table of the planted days: what each loop did, counted from a demo's database."""

from datetime import datetime, timedelta

import pytest
from scenario_table import rows_of, table

from oi_common.database import Database
from oi_common.tables import ai_decisions, index_candles, paper_positions
from oi_common.upserts import upsert
from support.scoring import decision_row

OPENS = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 - wall time as the tables hold it


def candle(minute, price):
    at = OPENS + timedelta(minutes=minute)
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return {"time": at, "index_name": "NIFTY", "source": "live", **prices}


def told(minute, decided, side=None, *, loop="minimal", because="aligned"):
    at = OPENS + timedelta(minutes=minute)
    named = {"event_id": f"{loop}:{at}", "time": at, "loop": loop, "index_name": "NIFTY"}
    return decision_row(decided, **named, side=side, because=because, spot=24500)


def closed(minute, net, *, loop="minimal"):
    at = OPENS + timedelta(minutes=minute)
    return {
        "trade_id": f"{loop}:{minute}", "state": "closed", "index_name": "NIFTY", "segment": "NFO", "expiry": at.date(),
        "strike": 24500, "side": "CE", "loop": loop, "engine": "rules", "lots": 1, "lot_size": 65, "quantity": 65,
        "time": at, "entered_at": at, "entry_price": 100, "entry_charges": 20, "highest": 101, "last_at": at,
        "last_ltp": 101, "tick_id": "0-1", "pnl_gross": net + 60, "pnl_net": net, "charges": 60,
    }  # fmt: skip


@pytest.fixture
def played(sqlite_url, tmp_path):
    """A day on which the index rose by ten points in each three minutes."""
    decisions = [
        told(9, "ENTER", "CE"),
        told(12, "ENTER", "PE"),
        told(360, "ENTER", "CE"),
        *(told(minute, "WAIT", because="flat") for minute in (20, 21)),
        told(22, "WAIT", because="neutral"),
        told(30, "WAIT", loop="rich", because="neutral"),
    ]
    rows = {
        index_candles: [candle(minute, 24000 + minute * 10 / 3) for minute in range(0, 384, 3)],
        ai_decisions: decisions,
        paper_positions: [closed(9, 500), closed(12, -300)],
    }
    database = Database(sqlite_url)
    for each, found in rows.items():
        database.run_blocking(lambda connection, each=each, found=found: upsert(connection, each, found))
    database.close()
    return tmp_path / "oi.db"


def test_each_loop_has_its_decisions_its_sides_and_its_money(played):
    minimal, rich = rows_of("trend_up", played)

    assert minimal.told == {"ENTER": 3, "WAIT": 3}
    assert (minimal.trades, minimal.won, minimal.gross, minimal.net) == (2, 1, 320, 200)
    assert minimal.waits == (("flat", 2), ("neutral", 1))
    assert (rich.told, rich.trades, rich.net) == ({"WAIT": 1}, 0, 0)


def test_a_side_is_right_by_the_index_half_an_hour_later_or_at_the_close(played):
    # given: decisions at 24500, which the index reaches at minute 150
    minimal, _ = rows_of("trend_up", played)

    assert (minimal.right, minimal.wrong) == (2, 1)


def test_the_table_is_markdown(played):
    header, rule, first, _ = table(list(rows_of("trend_up", played)))

    assert header.startswith("| scenario | loop | WAIT | ENTER |")
    assert rule.count("---") == header.count("|") - 1
    assert (
        first
        == "| trend_up | minimal | 3 | 3 | 0 | 0 | 2 | 1 | 2 | 1 | +320 | -120 | +200 | flat 2, neutral 1 |"
    )
