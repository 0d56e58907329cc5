"""Reading a day's ledger from the database."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from oi_cli.quality.ledger import Chain, Header, Ledger, Place, Saved
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots


def last_day(connection: Connection) -> date | None:
    """Return the last day of which anything is known, None for an empty database."""
    latest: datetime | None = connection.execute(select(func.max(chain_buckets.c.time))).scalar()
    return latest.date() if latest is not None else None


def read_ledger(connection: Connection, day: date) -> Ledger:
    return Ledger(
        day=day,
        headers=tuple(_headers(connection, day)),
        saved=read_saved(connection, day),
        changes=_changes(connection, day),
        candles=_candles(connection, day),
        duplicates=_duplicates(connection, day),
        gaps=_gaps(connection, day),
    )


def read_headers(connection: Connection, day: date) -> tuple[Header, ...]:
    return tuple(_headers(connection, day))


def read_saved(connection: Connection, day: date, since: datetime | None = None) -> dict[Place, Saved]:
    """Return what the snapshots of a day hold, from one bucket on if `since` is given."""
    return dict(_saved(connection, day, since))


def _headers(connection: Connection, day: date) -> Iterable[Header]:
    b = chain_buckets.c
    statement = select(
        b.time, b.index_name, b.expiry, b.state, b.polls, b.polls_expected, b.changed, b.reason,
        b.candle_status, b.is_stub, b.pcr_oi, b.spot,
    )  # fmt: skip
    for row in connection.execute(_of_day(statement, b.time, day)):
        yield Header(
            time=row.time,
            chain=Chain(row.index_name, row.expiry),
            state=row.state,
            polls=row.polls,
            polls_expected=row.polls_expected,
            changed=row.changed,
            reason=row.reason,
            candle_status=row.candle_status,
            is_stub=row.is_stub,
            pcr_oi=_float(row.pcr_oi),
            spot=_float(row.spot),
        )


def _saved(connection: Connection, day: date, since: datetime | None) -> Iterable[tuple[Place, Saved]]:
    s = option_snapshots.c
    lacks = s.index_open.is_(None) | s.index_high.is_(None) | s.index_low.is_(None) | s.index_close.is_(None)
    statement = select(
        s.time,
        s.index_name,
        s.expiry,
        func.count().label("rows"),
        func.count(s.feed_time.distinct()).label("feed_times"),
        func.sum(case((lacks, 1), else_=0)).label("lacking"),
        func.sum(s.ce_oi_change).label("ce_change"),
        func.sum(s.pe_oi_change).label("pe_change"),
        func.max(s.index_close).label("index_close"),
    ).group_by(s.time, s.index_name, s.expiry)
    if since is not None:
        statement = statement.where(s.time >= since)
    for row in connection.execute(_of_day(statement, s.time, day)):
        moves = [int(move) for move in (row.ce_change, row.pe_change) if move is not None]
        found = Saved(
            rows=row.rows,
            feed_times=row.feed_times,
            rows_without_candle=int(row.lacking),
            oi_change=sum(moves) if moves else None,
            index_close=_float(row.index_close),
        )
        yield Place(Chain(row.index_name, row.expiry), row.time), found


def _changes(connection: Connection, day: date) -> dict[Place, int]:
    c = oi_changes.c
    statement = select(c.time, c.index_name, c.expiry, func.count().label("polls")).group_by(
        c.time, c.index_name, c.expiry
    )
    found = connection.execute(_of_day(statement, c.time, day))
    return {Place(Chain(row.index_name, row.expiry), row.time): row.polls for row in found}


def _candles(connection: Connection, day: date) -> frozenset[tuple[str, datetime]]:
    statement = _of_day(select(index_candles.c.index_name, index_candles.c.time), index_candles.c.time, day)
    return frozenset((row.index_name, row.time) for row in connection.execute(statement))


def _duplicates(connection: Connection, day: date) -> dict[Chain, int]:
    """Count keys that stand there twice; the primary key forbids it, and this checks the primary key."""
    s = option_snapshots.c
    keys = select(s.index_name, s.expiry).group_by(s.time, s.index_name, s.expiry, s.strike)
    twice = _of_day(keys, s.time, day).having(func.count() > 1).subquery()
    counted = select(twice.c.index_name, twice.c.expiry, func.count().label("keys")).group_by(
        twice.c.index_name, twice.c.expiry
    )
    return {Chain(row.index_name, row.expiry): row.keys for row in connection.execute(counted)}


def _gaps(connection: Connection, day: date) -> dict[Chain, int]:
    g = coverage_gaps.c
    statement = select(g.index_name, g.expiry, func.count().label("gaps")).group_by(g.index_name, g.expiry)
    found = connection.execute(_of_day(statement, g.from_time, day))
    return {Chain(row.index_name, row.expiry): row.gaps for row in found}


def _of_day(statement: Select[Any], time: Any, day: date) -> Select[Any]:
    midnight = datetime.combine(day, datetime.min.time())
    return statement.where(time >= midnight, time < midnight + timedelta(days=1))


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
