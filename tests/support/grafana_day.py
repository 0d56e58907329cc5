"""A small made day in every table that the dashboards read: some buckets, one missing, one repaired, one trade."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from oi_common import tables
from oi_common.market.timeframes import BucketTotals, as_dicts, timeframes
from support.made_rows import row

INDEX, DAY, EXPIRY = "NIFTY", date(2026, 11, 20), date(2026, 11, 24)
OPENS = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001 - `time` columns are IST wall time
TO_UTC = timedelta(minutes=-330)
STEP = timedelta(minutes=3)
BUCKETS, STRIKES = 30, range(24400, 24700, 50)
MISSING, REPAIRED = 12, 15
SPOT = 24550.0


def fill(connection: Connection, now: datetime) -> None:
    """Insert the day; `now` is the moment (UTC) of the services' heartbeats."""
    for table, rows in _rows(now).items():
        connection.execute(getattr(tables, table).insert(), rows)


def time_of(bucket: int) -> datetime:
    return OPENS + bucket * STEP


def _rows(now: datetime) -> dict[str, list[dict[str, Any]]]:
    chain = {"index_name": INDEX, "expiry": EXPIRY}
    held = [bucket for bucket in range(BUCKETS) if bucket != MISSING]
    return {
        "chain_buckets": [_bucket(bucket, chain) for bucket in range(BUCKETS)],
        "option_snapshots": [_strike(bucket, strike, chain) for bucket in held for strike in STRIKES],
        "oi_changes": [_change(bucket, chain) for bucket in held],
        "coverage_gaps": list(_gaps(chain)),
        "services": [row(tables.services, service="bucketer", instance="b-1", beat_at=now, status="ready")],
        "paper_equity": [_equity(bucket) for bucket in held],
        **_advice(chain),
        **_trades(chain),
    }


def _bucket(bucket: int, chain: dict[str, Any]) -> dict[str, Any]:
    time = time_of(bucket)
    bare = {**chain, "time": time, "polls_expected": 9, "is_stub": False, "polls_missed": []}
    if bucket == MISSING:
        return row(tables.chain_buckets, **bare, polls=0, state="missing")
    ends = time + TO_UTC + STEP
    return row(
        tables.chain_buckets,
        **bare,
        polls=9 - bucket % 2,
        changed=1,
        state="sealed",
        source="backfill" if bucket == REPAIRED else "live",
        reason="oi_changed",
        candle_status="merged",
        first_change_at=ends - timedelta(seconds=60),
        saved_at=ends - timedelta(seconds=58),
        sealed_at=ends + timedelta(seconds=40),
        **measures(bucket),
    )


def measures(bucket: int, buckets: int = BUCKETS) -> dict[str, Any]:
    """Return what a header says of its chain, in a day of so many buckets."""
    day = [
        BucketTotals(time_of(b), "sealed", ce_oi=1000.0 + b, pe_oi=900.0 + 3 * b, spot=SPOT + b)
        for b in range(bucket + 1)
    ]
    grid = [time_of(b) for b in range(buckets)]
    return {
        "spot": SPOT + bucket,
        "ce_oi": 1000 + bucket,
        "pe_oi": 900 + 3 * bucket,
        "pcr_oi": 0.9,
        "pcr_volume": 1.1,
        "pcr_oi_change": 3.0,
        "max_pain": 24500,
        "straddle": 180.5,
        "implied_move": 0.74,
        "atm_iv": 12.5,
        "skew_25d": 1.5,
        "net_gex": -12.25,
        "gex_flip": 24600,
        "support": [{"strike": 24500, "oi": 300}],
        "resistance": [{"strike": 24600, "oi": 400}],
        "direction": "MILDLY_BULLISH",
        "confidence": 41.0,
        "trade_signal": "HOLD",
        "timeframes": as_dicts(timeframes(day, grid)),
    }


def _strike(bucket: int, strike: int, chain: dict[str, Any]) -> dict[str, Any]:
    legs = {
        f"{side}_{name}": value
        for side in ("ce", "pe")
        for name, value in {
            "oi": 100 * bucket + strike % 100,
            "oi_change": 100 if bucket else None,
            "oi_day_change": 100 * bucket,
            "iv": 12.5,
            "ltp": 90.25,
            "buildup": "short_buildup",
        }.items()
    }
    moment = time_of(bucket) + TO_UTC
    known = {**chain, **legs, "time": time_of(bucket), "strike": strike, "feed_time": moment}
    return row(
        tables.option_snapshots,
        **known,
        source="live",
        reason="oi_changed",
        verdict="Range",
        verdict_score=0.1,
        gex=1.5,
    )


def _change(bucket: int, chain: dict[str, Any]) -> dict[str, Any]:
    at = time_of(bucket) + TO_UTC + timedelta(seconds=30)
    polled = at + timedelta(seconds=4)
    return row(
        tables.oi_changes, **chain, time=time_of(bucket), feed_time=at, polled_at=polled, source="live"
    )


def _gaps(chain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    noticed = time_of(REPAIRED) + TO_UTC + timedelta(minutes=4)
    repaired = {MISSING: None, REPAIRED: noticed + timedelta(minutes=5)}
    for bucket, at in repaired.items():
        hole = {"from_time": time_of(bucket), "to_time": time_of(bucket), "buckets": 1}
        yield row(tables.coverage_gaps, **chain, **hole, noticed_at=noticed, repaired_at=at)


def _equity(bucket: int) -> dict[str, Any]:
    worth = {"cash": 100_000 - 30, "equity": 100_000 - 30 if bucket > 4 else 100_000}
    valued_at = time_of(bucket) + TO_UTC + STEP
    return row(tables.paper_equity, index_name=INDEX, time=time_of(bucket), valued_at=valued_at, **worth)


def _advice(chain: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    at, moment = time_of(4), time_of(4) + TO_UTC
    decided = {
        "event_id": "d1",
        "time": at,
        "loop": "minimal",
        "engine": "rules",
        "decision": "ENTER",
        "side": "CE",
    }
    common = {**chain, **decided, "strike": 24550}
    scored = {"gross": 120, "charges": 30, "net": 90, "hit": True}
    call = {
        "call_id": "c1",
        "called_at": moment,
        "loop": "minimal",
        "index_name": INDEX,
        "model": "m",
        "outcome": "ok",
    }
    return {
        "ai_decisions": [row(tables.ai_decisions, **common, event_time=moment, because="advised", spot=SPOT)],
        "decision_outcomes": [row(tables.decision_outcomes, **common, horizon="15", **scored)],
        "ai_calls": [row(tables.ai_calls, **call, billed_on=DAY, latency_ms=350.0, cost_inr=0.02)],
    }


def _trades(chain: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    of = {**chain, "trade_id": "d1", "strike": 24550, "side": "CE", "time": time_of(4)}
    filled = {"action": "ENTER", "number": 1, "filled_at": time_of(4) + TO_UTC, "price": 90, "charges": 30}
    entered = {"state": "open", "entered_at": time_of(4) + TO_UTC, "entry_price": 90, "loop": "minimal"}
    return {
        "paper_trades": [row(tables.paper_trades, **of, **filled)],
        "paper_positions": [row(tables.paper_positions, **of, **entered, engine="rules")],
    }
