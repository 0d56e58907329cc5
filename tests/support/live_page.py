"""What the live page shows, made for tests: only what a test is about is said."""

from datetime import date, datetime, timedelta
from typing import Any

from dashboard.core.desk import Decision, Position
from dashboard.core.facts import Bucket, Chain, Leg, Point, Strike

DAY, EXPIRY = date(2026, 11, 20), date(2026, 11, 24)
OPENS = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001 - `time` columns are IST wall time
STEP = timedelta(minutes=3)


def leg(**known: Any) -> Leg:
    whole: dict[str, Any] = {"oi": 1_234_500, "oi_change": -65_000, "oi_percent": -5.0, "volume": 12_345_600}
    whole |= {"ltp": 101.5, "ltp_change": 2.25, "iv": 12.34, "delta": 0.52, "buildup": "short_covering"}
    return Leg(**{**whole, **known})


def strike(at: int, **known: Any) -> Strike:
    whole: dict[str, Any] = {"ce": leg(), "pe": leg(delta=-0.48), "verdict": "Moderate Bullish", "score": 0.6}
    return Strike(at, **{**whole, **known})


def bucket(**known: Any) -> Bucket:
    whole: dict[str, Any] = {"time": OPENS + STEP, "state": "sealed", "spot": 24_512.35, "pcr": 0.83}
    return Bucket(**{**whole, **known})


def chain(*rows: Strike, **known: Any) -> Chain:
    """Of strikes 24,000 to 25,000, two buckets into the day, unless said otherwise."""
    times = (OPENS, OPENS + STEP)
    whole: dict[str, Any] = {
        "index_name": "NIFTY",
        "day": DAY,
        "expiry": EXPIRY,
        "expiries": (EXPIRY,),
        "times": times,
        "points": tuple(Point(time, "sealed", spot=24_500.0, pcr=0.8) for time in times),
        "bucket": bucket(),
        "rows": rows or tuple(strike(at) for at in range(24_000, 25_050, 50)),
        "rows_at": times[-1],
    }
    return Chain(**{**whole, **known})


def decision(**known: Any) -> Decision:
    whole: dict[str, Any] = {
        "time": OPENS, "loop": "rich", "engine": "llm", "model": "qwen", "expiry": EXPIRY, "decision": "ENTER",
        "side": "CE", "strike": 24_500, "entry": 101.5, "stop_loss": 90.0, "target": 125.0, "confidence": 64.0,
        "reason": "puts are written", "evidence": ("pcr_oi", "change.24500.pe"), "rejected_because": None,
        "cost": 0.4, "net": None,
    }  # fmt: skip
    return Decision(**{**whole, **known})


def position(**known: Any) -> Position:
    whole: dict[str, Any] = {
        "expiry": EXPIRY, "strike": 24_500, "side": "CE", "quantity": 65, "loop": "rich", "entered_at": OPENS,
        "entry_price": 100.0,
    }  # fmt: skip
    return Position(**{**whole, **known})
