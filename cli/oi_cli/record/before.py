"""What a day's rows are counted from: each chain's last OI of the trading day before."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, func, select

from oi_cli.record.rows import Row, rows_where
from oi_common.database import on_day
from oi_common.market.sessions import previous_trading_day
from oi_common.market.underlyings import segment_of
from oi_common.tables import oi_changes, option_snapshots

BEFORE = (option_snapshots, oi_changes)


def rows_before(connection: Connection, table: Table, day: date, indices: Iterable[str]) -> Iterator[Row]:
    """Return, of the day before, each chain's last snapshot, or the changes that were told since."""
    for index_name in indices:
        yesterday = previous_trading_day(segment_of(index_name), day)
        s = option_snapshots.c
        of_day = (s.index_name == index_name, *on_day(s.time, yesterday))
        newest = select(s.expiry, func.max(s.time)).where(*of_day).group_by(s.expiry).order_by(s.expiry)
        for expiry, time in connection.execute(newest).all():
            chain: list[ColumnElement[bool]] = [
                table.c.index_name == index_name,
                table.c.expiry == expiry,
                *on_day(table.c.time, yesterday),
            ]
            is_last = table.c.time == time if table is option_snapshots else table.c.time >= time
            yield from rows_where(connection, table, [*chain, is_last])
