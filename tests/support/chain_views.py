"""Chains to look at: only what a test is about is said."""

from datetime import date, datetime, timedelta
from typing import Any

from oi_cli.chain.view import ChainView, Leg, Measures, Polls, StrikeRow, Wall
from oi_common.market.buckets import IST

NOW = datetime(2026, 11, 18, 10, 4, 5, tzinfo=IST)
BUCKET = datetime(2026, 11, 18, 10, 3)  # noqa: DTZ001 - wall time as the tables hold it


def leg(**changes: Any) -> Leg:
    whole: dict[str, Any] = {
        "oi": 15_000_000,
        "oi_change": 1_500_000,
        "oi_percent": 11.1111,
        "close": 101.5,
        "close_change": -3.25,
        "close_percent": -3.1026,
        "delta": 0.5234,
        "theta": -12.3456,
    }
    return Leg(**{**whole, **changes})


def row(strike: int, **changes: Any) -> StrikeRow:
    whole: dict[str, Any] = {"ce": leg(), "pe": leg(delta=-0.4766), "verdict": "Moderate Bullish"}
    return StrikeRow(strike, **{**whole, **changes})


def view(*rows: StrikeRow, **changes: Any) -> ChainView:
    """Of 20 strikes around 24,500, unless said otherwise."""
    whole: dict[str, Any] = {
        "index_name": "NIFTY",
        "expiry": date(2026, 11, 24),
        "time": BUCKET,
        "state": "saved",
        "rows": rows or tuple(row(strike) for strike in range(24000, 25000, 50)),
        "spot": 24512.1,
        "spot_at": NOW - timedelta(seconds=5),
        "now": NOW,
        "vix": 13.25,
        "previous_time": BUCKET - timedelta(minutes=3),
        "polls": Polls(9, 9),
        "measures": MEASURES,
    }
    return ChainView(**{**whole, **changes})


MEASURES = Measures(
    pcr_oi=0.83,
    max_pain=24500,
    straddle=231.4,
    atm_iv=12.34,
    direction="MILDLY_BULLISH",
    confidence=62.0,
    support=(Wall(24500), Wall(24000, is_fresh=True), Wall(24300)),
    resistance=(Wall(24500), Wall(24800)),
)
