"""A day of two indices, rows and events, eventful enough for every rule of the notifier."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import cos, sin
from typing import Any

from oi_common.clock import WallClock
from oi_common.database import Database
from oi_common.events import AlertRaised, DecisionMade, Event, OiChange, OiChanged, TradeFilled
from oi_common.market.buckets import from_wall_time, utc_naive
from oi_common.tables import ai_calls, coverage_gaps, services
from oi_common.upserts import upsert
from support.trader import EXPIRY, NOW, Row, bucket_times, saved, write_day

INDICES = ("NIFTY", "BANKNIFTY")
CLOSES = NOW.replace(hour=15, minute=40, second=0)
_LAST = CLOSES - timedelta(minutes=1)
_SPIKE, _WALL_MOVES, _JUMP, _ENTRY, _EXIT, _ALERT = 50, 30, 33, 44, 58, 75  # the places of their buckets


def write_eventful_day(url: str) -> None:
    """Write the rows of a day that is over; the notifier looks only as far as its clock has come."""
    for shift, name in enumerate(INDICES):
        write_day(
            url,
            measures=lambda place, name=name, shift=shift: _measures(place, name, shift),  # type: ignore[misc]
            legs=lambda place, strike, name=name: _legs(place, strike, name),  # type: ignore[misc]
            until=_LAST,
        )
    _write_ailments(url)


def events() -> Iterator[tuple[datetime, list[tuple[Event, str | None]]]]:
    """Yield each bucket's time and what is said about it, each event with its underlying."""
    for place, time in enumerate(bucket_times(_LAST)):
        said: list[tuple[Event, str | None]] = [(saved(time, name), name) for name in INDICES]
        said += [(event, "NIFTY") for event in _of_nifty(place, time)]
        if place == _ALERT:
            said.append((_alert(time), None))
        yield time, said


def _measures(place: int, name: str, shift: int) -> Row:
    return {
        "index_name": name, "state": "sealed", "candle_status": "merged", "sealed_at": utc_naive(NOW),
        "spot": 24_500 + 60 * sin(place / 9 + shift), "pcr_oi": 1 + 0.2 * cos(place / 20 + shift),
        "straddle": (250 - place / 2) * (1.15 if place > 60 + 5 * shift else 1),
        "direction": "BEARISH" if 40 <= place < 85 else "BULLISH", "confidence": 70, "atm_strike": 24_500,
    }  # fmt: skip


def _legs(place: int, strike: int, name: str) -> Row:
    row: Row = {"index_name": name}
    for side in ("ce", "pe"):
        is_spike = (place, strike, side) == (_SPIKE, 24_500, "ce")
        wall = 24_400 if place < _WALL_MOVES else 24_600
        row |= {
            f"{side}_oi": 1_000_000 + 500_000 * (strike == wall) + 1_000 * place,
            f"{side}_oi_change": 400_000 if is_spike else 1_000,
            f"{side}_oi_percent_change": 40.0 if is_spike else 0.1,
            f"{side}_buildup": _buildup(place, strike, side),
        }
    return row


def _buildup(place: int, strike: int, side: str) -> str:
    """Half of the legs point each way, but for the whole of an hour, when all point up."""
    points_up = 20 <= place < 40 or strike % 100 == 0
    return "long_buildup" if points_up == (side == "ce") else "short_buildup"


def _of_nifty(place: int, time: datetime) -> Sequence[Event]:
    moment = from_wall_time(time) + timedelta(seconds=40)
    fill: dict[str, Any] = {
        "trade_id": "a trade", "index_name": "NIFTY", "expiry": EXPIRY, "strike": 24_500, "side": "CE",
        "quantity": 75, "price": 101.5, "reason": "decision", "charges": 30.0,
    }  # fmt: skip
    decided: dict[str, Any] = {
        "loop": "rich",
        "engine": "rules",
        "index_name": "NIFTY",
        "event_time": moment,
        "reason": "why",
    }
    if place == _JUMP:
        jump = OiChange(strike=24_500, type="PE", prev_oi=10**6, oi=1_600_000, change=600_000, percent=60)
        return [
            OiChanged(
                index_name="NIFTY", expiry=EXPIRY, feed_time=moment, time=from_wall_time(time), changed=1, total=10,
                changed_ratio=0.1, changes=(jump,), source="live",
            )
        ]  # fmt: skip
    if place == _ENTRY:
        return [DecisionMade(**decided, decision="ENTER"), TradeFilled(**fill, action="ENTER")]
    if place == _EXIT:
        return [DecisionMade(**decided, decision="EXIT"), TradeFilled(**fill, action="EXIT", pnl_net=500.0)]
    return []


def _alert(time: datetime) -> AlertRaised:
    at = from_wall_time(time)
    return AlertRaised(
        rule="redis_memory", severity="warning", raised_at=at, title="Redis is full", text="why"
    )


def _write_ailments(url: str) -> None:
    """Write a service that died, a hole in the data, and a budget that is nearly spent."""
    wall = WallClock().now()
    beat = {
        "service": "poller", "instance": "poller-1", "pid": 1, "started_at": utc_naive(wall), "status": "ready",
        "beat_at": utc_naive(wall - timedelta(minutes=1)),
    }  # fmt: skip
    hole = {
        "index_name": "BANKNIFTY", "expiry": EXPIRY, "from_time": datetime(2026, 11, 18, 11),  # noqa: DTZ001
        "to_time": datetime(2026, 11, 18, 11, 3), "buckets": 2,  # noqa: DTZ001
        "noticed_at": utc_naive(NOW.replace(hour=11, minute=9)),
    }  # fmt: skip
    call = {
        "call_id": "a call", "called_at": utc_naive(wall), "loop": "rich", "index_name": "NIFTY", "event_id": "e",
        "model": "m", "attempt": 1, "prompt_hash": "h", "outcome": "ok", "cost_inr": 85, "cost_from": "reported",
        "billed_on": wall.date(), "latency_ms": 1.0,
    }  # fmt: skip
    database = Database(url)
    for table, row in ((services, beat), (coverage_gaps, hole), (ai_calls, call)):
        database.run_blocking(lambda connection, table=table, row=row: upsert(connection, table, [row]))  # type: ignore[misc]
    database.close()
