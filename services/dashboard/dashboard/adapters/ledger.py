"""A chain of one bucket with its day, read from the ledger's tables. Nothing is ever written."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from dashboard.adapters.rows import bucket_of, number, point_of, strike_of
from dashboard.core.choice import Choice
from dashboard.core.facts import Chain, Point, Strike
from oi_common.database import Database, on_day
from oi_common.market.underlyings import INDIA_VIX
from oi_common.tables import chain_buckets, index_candles, option_snapshots

_B, _S, _C = chain_buckets.c, option_snapshots.c, index_candles.c
_POINT = (_B.time, _B.state, _B.spot, _B.pcr_oi, _B.max_pain, _B.straddle, _B.feed_time)


class Ledger:
    """Reads chains. Every method raises Unavailable when the database is away or not migrated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chain(self, choice: Choice) -> Chain | None:
        """Return what was chosen, or the nearest there is to it; None while no bucket of the underlying is stored."""
        return await self._database.read(lambda connection: _chain(connection, choice))

    async def days(self, index_name: str) -> tuple[date, ...]:
        """Return the days of which a bucket is stored, the newest first."""
        day = func.date(_B.time)
        query = select(day).distinct().where(_B.index_name == index_name)
        found = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return tuple(sorted((_day(each) for each in found), reverse=True))


def _chain(connection: Connection, choice: Choice) -> Chain | None:
    day = choice.day or _last_day(connection, choice.index_name)
    if day is None:
        return None
    expiries = _expiries(connection, choice.index_name, day)
    if not expiries:
        return Chain(choice.index_name, day, choice.expiry or day, (), (), (), None)
    expiry = choice.expiry if choice.expiry in expiries else expiries[0]
    points = _points(connection, choice.index_name, expiry, day)
    rows_at = _last_snapshot(connection, choice.index_name, expiry, day, choice.at)
    at = _bucket_at(points, choice.at) if choice.at is not None else rows_at or points[-1].time
    seen = tuple(point for point in points if at is not None and point.time <= at) if choice.at else points
    return Chain(
        index_name=choice.index_name,
        day=day,
        expiry=expiry,
        expiries=expiries,
        times=tuple(point.time for point in points),
        points=seen,
        bucket=_bucket(connection, choice.index_name, expiry, at),
        rows=_rows(connection, choice.index_name, expiry, day, rows_at),
        rows_at=rows_at,
        vix=_vix(connection, at or rows_at),
    )


def _last_day(connection: Connection, index_name: str) -> date | None:
    last = connection.execute(select(func.max(_B.time)).where(_B.index_name == index_name)).scalar()
    return last.date() if last is not None else None


def _expiries(connection: Connection, index_name: str, day: date) -> tuple[date, ...]:
    query = select(_B.expiry).distinct().where(_B.index_name == index_name, *on_day(_B.time, day))
    return tuple(sorted(connection.execute(query).scalars()))


def _of(table: Table, index_name: str, expiry: date) -> tuple[Any, Any]:
    return table.c.index_name == index_name, table.c.expiry == expiry


def _points(connection: Connection, index_name: str, expiry: date, day: date) -> tuple[Point, ...]:
    query = select(*_POINT).where(*_of(chain_buckets, index_name, expiry), *on_day(_B.time, day))
    return tuple(point_of(row) for row in connection.execute(query.order_by(_B.time)).mappings())


def _bucket_at(points: Sequence[Point], at: datetime) -> datetime | None:
    """Return the last bucket at or before a moment, the day's first where it lies before all."""
    return max((point.time for point in points if point.time <= at), default=points[0].time)


def _last_snapshot(
    connection: Connection, index_name: str, expiry: date, day: date, until: datetime | None
) -> datetime | None:
    of = (*_of(option_snapshots, index_name, expiry), *on_day(_S.time, day))
    query = select(func.max(_S.time)).where(*of)
    return connection.execute(query if until is None else query.where(_S.time <= until)).scalar()


def _bucket(connection: Connection, index_name: str, expiry: date, at: datetime | None) -> Any:
    if at is None:
        return None
    query = select(chain_buckets).where(*_of(chain_buckets, index_name, expiry), _B.time == at)
    row = connection.execute(query).mappings().first()
    return None if row is None else bucket_of(row)


def _rows(
    connection: Connection, index_name: str, expiry: date, day: date, at: datetime | None
) -> tuple[Strike, ...]:
    if at is None:
        return ()
    of = _of(option_snapshots, index_name, expiry)
    first = select(func.min(_S.time)).where(*of, *on_day(_S.time, day)).scalar_subquery()
    opened = connection.execute(select(_S.strike, _S.ce_oi, _S.pe_oi).where(*of, _S.time == first)).all()
    opening = {row.strike: (row.ce_oi, row.pe_oi) for row in opened}
    query = select(option_snapshots).where(*of, _S.time == at).order_by(_S.strike)
    rows = connection.execute(query).mappings()
    return tuple(strike_of(row, opening.get(row["strike"], (None, None))) for row in rows)


def _vix(connection: Connection, at: datetime | None) -> float | None:
    if at is None:
        return None
    query = (
        select(_C.close)
        .where(_C.index_name == INDIA_VIX.name, _C.time <= at, *on_day(_C.time, at.date()))
        .order_by(_C.time.desc())
        .limit(1)
    )
    return number(connection.execute(query).scalar())


def _day(value: object) -> date:
    """SQLite's date() is text, the servers' a date."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
