"""What one poll writes: snapshot rows, changes, headers, a gap."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, delete, select

from bucketer.adapters.greeks import told_by_the_broker
from bucketer.core.rules import Gap, Snapshot, Step, ratio
from bucketer.core.state import MEASURES, Header
from oi_common.events import ChainPolled, OiChange
from oi_common.market.buckets import floor_to_3min, utc_naive, wall_time
from oi_common.market.rulebook.phases import is_in_auction
from oi_common.market.underlyings import segment_of
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots
from oi_common.upserts import upsert

CANDLE = ("open", "high", "low", "close", "volume")


class ChainName(Protocol):
    """Whatever says which chain it is of."""

    @property
    def index_name(self) -> str: ...

    @property
    def expiry(self) -> date: ...


_NO_CANDLE = dict.fromkeys(f"index_{name}" for name in CANDLE)


def write_poll(connection: Connection, step: Step, poll: ChainPolled, at: datetime) -> frozenset[datetime]:
    """Write all that a poll led to; return which of the touched buckets have their candle already."""
    candles = candles_at(connection, poll.index_name, step.headers)
    stored = _stored(connection, poll, step.headers)
    _make_way(connection, poll, stored)
    if step.snapshot is not None:
        candle = candles.get(wall_time(step.snapshot.time))
        write_snapshot(connection, step.snapshot, candle)
    if step.changes:
        write_changes(connection, step.changes, step.known, poll)
    _write_headers(connection, step, poll, candles, stored, at)
    if step.gap is not None:
        write_gap(connection, poll.index_name, poll.expiry, step.gap, at)
    return frozenset(candles)


def candles_at(connection: Connection, index_name: str, headers: Sequence[Header]) -> dict[datetime, Any]:
    times = [wall_time(header.time) for header in headers]
    rows = connection.execute(
        select(index_candles).where(index_candles.c.index_name == index_name, index_candles.c.time.in_(times))
    )
    return {row.time: row for row in rows}


def _stored(connection: Connection, poll: ChainPolled, headers: Sequence[Header]) -> dict[datetime, Any]:
    c = chain_buckets.c
    times = [wall_time(header.time) for header in headers]
    rows = connection.execute(
        select(c.time, c.sealed_at, c.candle_status, c.source).where(
            c.index_name == poll.index_name, c.expiry == poll.expiry, c.time.in_(times)
        )
    )
    return {row.time: row for row in rows}


def _make_way(connection: Connection, poll: ChainPolled, stored: Mapping[datetime, Any]) -> None:
    """Remove what was told afterwards about the poll's bucket: what was seen live stands instead."""
    here = stored.get(wall_time(floor_to_3min(poll.feed_time)))
    if here is not None and here.source == "backfill":
        forget_telling(connection, poll)


def forget_telling(connection: Connection, poll: ChainPolled) -> None:
    """Delete what a backfill has written of the poll's bucket."""
    time = wall_time(floor_to_3min(poll.feed_time))
    for table in (option_snapshots, oi_changes, chain_buckets):
        here = (table.c.time == time, table.c.index_name == poll.index_name, table.c.expiry == poll.expiry)
        connection.execute(delete(table).where(*here, table.c.source == "backfill"))


def write_snapshot(connection: Connection, snapshot: Snapshot, candle: Any) -> None:
    known = {f"index_{name}": getattr(candle, name) for name in CANDLE} if candle else _NO_CANDLE
    told = told_by_the_broker(connection, snapshot.rows)
    rows = [
        {**row, "reason": snapshot.reason, **known, **told.get(row["strike"], {})} for row in snapshot.rows
    ]
    upsert(connection, option_snapshots, rows, fill=frozenset(_NO_CANDLE), guard="feed_time")


def write_changes(connection: Connection, changes: Sequence[OiChange], known: int, poll: ChainPolled) -> None:
    """Write the changes of one poll, `known` being how many contracts have a known OI."""
    row = {
        "index_name": poll.index_name,
        "expiry": poll.expiry,
        "feed_time": utc_naive(poll.feed_time),
        "polled_at": utc_naive(poll.polled_at),
        "time": wall_time(floor_to_3min(poll.feed_time)),
        "changed": len(changes),
        "total": known,
        "changed_ratio": ratio(len(changes), known),
        "changes": [change.model_dump(by_alias=True, exclude_none=True) for change in changes],
        "source": poll.source,
    }
    upsert(connection, oi_changes, [row])


def _write_headers(
    connection: Connection,
    step: Step,
    poll: ChainPolled,
    candles: Mapping[datetime, Any],
    stored: Mapping[datetime, Any],
    at: datetime,
) -> None:
    rows = []
    for header in step.headers:
        time = wall_time(header.time)
        before = stored.get(time)
        status = "merged" if time in candles else before.candle_status if before else None
        sealed_at = (before.sealed_at if before else None) or (utc_naive(at) if status else None)
        rows.append(header_row(header, poll, status, sealed_at))
    upsert(connection, chain_buckets, rows, guard="feed_time")


def header_row(
    header: Header, chain: ChainName, status: str | None, sealed_at: datetime | None
) -> dict[str, Any]:
    """Return the row of `chain_buckets`."""
    measures = header.measures
    return {
        "time": wall_time(header.time),
        "index_name": chain.index_name,
        "expiry": chain.expiry,
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
        "is_auction": is_in_auction(segment_of(chain.index_name), header.time),
        **{name: getattr(measures, name) for name in MEASURES},
    }


def _state(header: Header, sealed_at: datetime | None) -> str:
    if header.source is None:
        return "missing"
    if sealed_at is not None:
        return "sealed"
    return "saved" if header.reason is not None else "open"


def write_gap(connection: Connection, index_name: str, expiry: date, gap: Gap, at: datetime) -> None:
    row = {
        "index_name": index_name,
        "expiry": expiry,
        "from_time": wall_time(gap.first),
        "to_time": wall_time(gap.last),
        "buckets": gap.buckets,
        "noticed_at": utc_naive(at),
    }
    upsert(connection, coverage_gaps, [row], keep=frozenset({"noticed_at"}))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else utc_naive(at)
