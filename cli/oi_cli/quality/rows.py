"""Reading what `option_snapshots` holds of a day. Rows taken over from a predecessor are counted, and left alone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, func, select

from oi_cli.quality.ledger import Chain, Greeks, Header, Place, Saved
from oi_common.database import on_day
from oi_common.market.buckets import from_wall_time, utc_naive
from oi_common.tables import option_snapshots

LEGACY: Final = "legacy"  # what `oi migrate` writes as the source of a predecessor's rows

_s = option_snapshots.c


def saved(connection: Connection, day: date, since: datetime | None) -> Iterable[tuple[Place, Saved]]:
    lacks = (
        _s.index_open.is_(None) | _s.index_high.is_(None) | _s.index_low.is_(None) | _s.index_close.is_(None)
    )
    statement = select(
        _s.time,
        _s.index_name,
        _s.expiry,
        func.count().label("rows"),
        func.count(_s.feed_time.distinct()).label("feed_times"),
        func.sum(case((lacks, 1), else_=0)).label("lacking"),
        func.sum(_s.ce_oi_change).label("ce_change"),
        func.sum(_s.pe_oi_change).label("pe_change"),
        func.max(_s.index_close).label("index_close"),
    ).group_by(_s.time, _s.index_name, _s.expiry)
    statement = statement.where(_s.source != LEGACY)
    if since is not None:
        statement = statement.where(_s.time >= since)
    for row in connection.execute(of_day(statement, _s.time, day)):
        moves = [int(move) for move in (row.ce_change, row.pe_change) if move is not None]
        found = Saved(
            rows=row.rows,
            feed_times=row.feed_times,
            rows_without_candle=int(row.lacking),
            oi_change=sum(moves) if moves else None,
            index_close=as_float(row.index_close),
        )
        yield Place(Chain(row.index_name, row.expiry), row.time), found


def duplicates(connection: Connection, day: date) -> dict[Chain, int]:
    """Count keys that stand there twice; the primary key forbids it, and this checks the primary key."""
    keys = select(_s.index_name, _s.expiry).group_by(_s.time, _s.index_name, _s.expiry, _s.strike)
    twice = of_day(keys, _s.time, day).having(func.count() > 1).subquery()
    counted = select(twice.c.index_name, twice.c.expiry, func.count().label("keys")).group_by(
        twice.c.index_name, twice.c.expiry
    )
    return {Chain(row.index_name, row.expiry): row.keys for row in connection.execute(counted)}


def greeks(connection: Connection, day: date) -> dict[Chain, Greeks]:
    counted = select(
        _s.index_name,
        _s.expiry,
        (func.count(_s.ce_oi) + func.count(_s.pe_oi)).label("legs"),
        _told_by("broker").label("broker"),
        _told_by("model").label("model"),
    ).group_by(_s.index_name, _s.expiry)
    found = connection.execute(of_day(counted.where(_s.source != LEGACY), _s.time, day))
    return {
        Chain(row.index_name, row.expiry): Greeks(row.legs, int(row.broker), int(row.model)) for row in found
    }


def legacy(connection: Connection, day: date) -> dict[Chain, int]:
    counted = select(_s.index_name, _s.expiry, func.count().label("rows")).group_by(_s.index_name, _s.expiry)
    found = connection.execute(of_day(counted.where(_s.source == LEGACY), _s.time, day))
    return {Chain(row.index_name, row.expiry): row.rows for row in found}


def skew(connection: Connection, headers: Iterable[Header], wall: datetime) -> timedelta | None:
    """Return how far the clock of whoever saved the last snapshot was from the database's.

    The database says how long ago it made the row, which needs no zone: it may keep local time.
    """
    last = max((h for h in headers if h.saved_at), key=lambda h: (h.saved_at, h.chain), default=None)
    if last is None or last.saved_at is None:
        return None
    here = and_(_s.time == last.time, _s.index_name == last.chain.index_name, _s.expiry == last.chain.expiry)
    made, now = connection.execute(
        select(func.max(_s.created_at), func.current_timestamp()).where(here)
    ).one()
    if made is None:
        return None
    made_at: datetime = wall - (now - made)
    return made_at - utc_naive(from_wall_time(last.saved_at))


def of_day(statement: Select[Any], time: Any, day: date) -> Select[Any]:
    return statement.where(*on_day(time, day))


def as_float(value: Any) -> float | None:
    return None if value is None else float(value)


def _told_by(source: str) -> Any:
    """Count the legs with an IV from one source."""
    legs = ((_s.ce_oi, _s.ce_iv, _s.ce_greeks_source), (_s.pe_oi, _s.pe_iv, _s.pe_greeks_source))
    ce, pe = (
        func.sum(case((and_(oi.is_not(None), iv.is_not(None), said_by == source), 1), else_=0))
        for oi, iv, said_by in legs
    )
    return ce + pe
