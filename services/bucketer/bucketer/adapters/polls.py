"""What one poll writes: snapshot rows, changes, headers, a gap."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bucketer.core.greeks import Greeks, greeks_columns
from bucketer.core.rules import Gap, Snapshot, Step
from bucketer.core.state import Header
from oi_common.database import upsert
from oi_common.events import ChainPolled
from oi_common.market.buckets import floor_to_3min, utc_naive, wall_time
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots

CANDLE = ("open", "high", "low", "close", "volume")

_NO_CANDLE = dict.fromkeys(f"index_{name}" for name in CANDLE)
_FILLED = frozenset((*_NO_CANDLE, *greeks_columns(0, {})))


def write_poll(
    connection: Connection, step: Step, poll: ChainPolled, greeks: Mapping[str, Greeks], at: datetime
) -> frozenset[datetime]:
    """Write all that a poll led to; return which of the touched buckets have their candle already."""
    candles = _candles(connection, poll.index_name, step)
    if step.snapshot is not None:
        candle = candles.get(wall_time(step.snapshot.time))
        _write_snapshot(connection, step.snapshot, greeks, candle)
    _write_changes(connection, step, poll)
    _write_headers(connection, step, poll, candles, at)
    if step.gap is not None:
        _write_gap(connection, poll, step.gap, at)
    return frozenset(candles)


def _candles(connection: Connection, index_name: str, step: Step) -> dict[datetime, Any]:
    times = [wall_time(header.time) for header in step.headers]
    rows = connection.execute(
        select(index_candles).where(index_candles.c.index_name == index_name, index_candles.c.time.in_(times))
    )
    return {row.time: row for row in rows}


def _write_snapshot(
    connection: Connection, snapshot: Snapshot, greeks: Mapping[str, Greeks], candle: Any
) -> None:
    known = {f"index_{name}": getattr(candle, name) for name in CANDLE} if candle else _NO_CANDLE
    rows = [
        {**row, "reason": snapshot.reason, **known, **greeks_columns(row["strike"], greeks)}
        for row in snapshot.rows
    ]
    upsert(connection, option_snapshots, rows, fill=_FILLED, guard="feed_time")


def _write_changes(connection: Connection, step: Step, poll: ChainPolled) -> None:
    if not step.changes:
        return
    row = {
        "index_name": poll.index_name,
        "expiry": poll.expiry,
        "feed_time": utc_naive(poll.feed_time),
        "polled_at": utc_naive(poll.polled_at),
        "time": wall_time(floor_to_3min(poll.feed_time)),
        "changed": len(step.changes),
        "total": step.known,
        "changed_ratio": step.changed_ratio,
        "changes": [change.model_dump(by_alias=True, exclude_none=True) for change in step.changes],
        "source": poll.source,
    }
    upsert(connection, oi_changes, [row])


def _write_headers(
    connection: Connection, step: Step, poll: ChainPolled, candles: Mapping[datetime, Any], at: datetime
) -> None:
    times = [wall_time(header.time) for header in step.headers]
    stored = connection.execute(
        select(chain_buckets.c.time, chain_buckets.c.sealed_at, chain_buckets.c.candle_status).where(
            chain_buckets.c.index_name == poll.index_name,
            chain_buckets.c.expiry == poll.expiry,
            chain_buckets.c.time.in_(times),
        )
    )
    sealed = {row.time: row for row in stored}
    rows = []
    for header in step.headers:
        time = wall_time(header.time)
        before = sealed.get(time)
        status = "merged" if time in candles else before.candle_status if before else None
        sealed_at = (before.sealed_at if before else None) or (utc_naive(at) if status else None)
        rows.append(_header_row(header, poll, status, sealed_at))
    upsert(connection, chain_buckets, rows, guard="feed_time")


def _header_row(
    header: Header, poll: ChainPolled, status: str | None, sealed_at: datetime | None
) -> dict[str, Any]:
    measures = header.measures
    return {
        "time": wall_time(header.time),
        "index_name": poll.index_name,
        "expiry": poll.expiry,
        "polls": header.polls,
        "polls_expected": header.expected,
        "polls_missed": list(header.missed),
        "changed": header.changed,
        "state": _state(header, sealed_at),
        "source": header.source,
        "reason": header.reason,
        "is_stub": header.is_stub,
        "feed_time": _utc(header.feed_time),
        "first_change_at": _utc(header.first_change_at),
        "last_change_at": _utc(header.last_change_at),
        "saved_at": _utc(header.saved_at),
        "sealed_at": sealed_at,
        "candle_status": status,
        "lot_size": header.lot_size,
        "spot": measures.spot,
        "pcr_oi": measures.pcr_oi,
        "pcr_volume": measures.pcr_volume,
        "max_pain": measures.max_pain,
        "atm_strike": measures.atm_strike,
        "straddle": measures.straddle,
    }


def _state(header: Header, sealed_at: datetime | None) -> str:
    if header.polls == 0:
        return "missing"
    if sealed_at is not None:
        return "sealed"
    return "saved" if header.reason is not None else "open"


def _write_gap(connection: Connection, poll: ChainPolled, gap: Gap, at: datetime) -> None:
    row = {
        "index_name": poll.index_name,
        "expiry": poll.expiry,
        "from_time": wall_time(gap.first),
        "to_time": wall_time(gap.last),
        "buckets": gap.buckets,
        "noticed_at": utc_naive(at),
    }
    upsert(connection, coverage_gaps, [row], keep=frozenset({"noticed_at"}))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else utc_naive(at)
