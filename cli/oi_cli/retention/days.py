"""Which days are stored, and which of them are old."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from oi_cli.export.choice import Choice
from oi_cli.export.selection import Selection, selection_of
from oi_cli.export.sets import SETS, ExportSet
from oi_common.errors import Misconfigured
from oi_common.market.buckets import from_utc_naive
from oi_common.tables import chain_buckets

# What is bulky, and read by services for a few days at most. All else stays: it is small, and long views are drawn of it.
ARCHIVED: Final = tuple(one for one in SETS if one.name in {"snapshots", "changes", "calls"})
FEWEST: Final = 5  # trading days that stay: services look back as far, over weekends and holidays


def first_kept(connection: Connection, *, before: date | None, keep_days: int | None) -> date | None:
    """Return the first day that stays; None when every day does.

    Raises Misconfigured for fewer days than the services look back upon.
    """
    newest = list(_newest_days(connection, max(keep_days or 0, FEWEST)))
    if keep_days is not None:
        return newest[-1] if len(newest) == keep_days else None
    if before is not None and (len(newest) < FEWEST or before > newest[-1]):
        latest = (
            f"at most {newest[-1]}" if len(newest) == FEWEST else "a day that is past, once there are more"
        )
        raise Misconfigured(f"--before {before}: the last {FEWEST} trading days stay; name {latest}")
    return before


def old_days(connection: Connection, one: ExportSet, until: date) -> Iterator[date]:
    """Yield the days before `until` of which the set has rows, oldest first."""
    next_day: date | None = None
    while True:
        of_old = selection_of(one, Choice(next_day, until - timedelta(days=1)))
        first = connection.execute(
            select(func.min(_day_column(of_old, one))).where(*of_old.conditions)
        ).scalar()
        if first is None:
            return
        day = _market_day(of_old, one, first)
        yield day
        next_day = day + timedelta(days=1)


def of_day(one: ExportSet, day: date) -> Selection:
    """Return the set's rows of one day."""
    return selection_of(one, replace(Choice(), first_day=day, last_day=day))


def _newest_days(connection: Connection, count: int) -> Iterator[date]:
    """Yield the newest trading days with buckets, newest first."""
    time = chain_buckets.c.time
    before: list[ColumnElement[bool]] = []
    for _ in range(count):
        last: datetime | None = connection.execute(select(func.max(time)).where(*before)).scalar()
        if last is None:
            return
        yield last.date()
        before = [time < datetime.combine(last.date(), datetime.min.time())]


def _day_column(chosen: Selection, one: ExportSet) -> Any:
    return chosen.table.c[str(one.day_column)]


def _market_day(chosen: Selection, one: ExportSet, value: datetime) -> date:
    in_utc = chosen.schema.field(str(one.day_column)).type.tz is not None
    return (from_utc_naive(value) if in_utc else value).date()
