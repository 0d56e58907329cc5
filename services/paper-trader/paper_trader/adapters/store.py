"""The paper account of one underlying in the database: one fenced transaction for each fill."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, case, func, insert, select, update

from oi_common.database import Database, on_day
from oi_common.fences import Fence
from oi_common.market.buckets import wall_time
from oi_common.tables import index_candles, paper_equity, paper_positions, paper_trades
from oi_common.upserts import upsert
from paper_trader.adapters.rows import (
    equity_row,
    event_of_row,
    mark_columns,
    position_of,
    position_row,
    trade_row,
)
from paper_trader.core.book import Equity, Published, Stored
from paper_trader.core.fills import Fill
from paper_trader.core.positions import Position

_t = paper_trades.c


class PaperStore:
    """What is in these tables has happened: after a crash they are right, and Redis is brought to them."""

    def __init__(self, database: Database, fence: Fence) -> None:
        self._database = database
        self._fence = fence
        self._index_name = fence.lease.partition

    async def read(self, published: int | None) -> Stored:
        """Return the account, and the fills after the last published one; not known, the last fill may be one."""
        return await self._database.run(lambda connection: self._read(connection, published))

    async def knows(self, trade_id: str) -> bool:
        """Say whether a decision has been followed before."""
        query = select(_t.number).where(_t.trade_id == trade_id, _t.action == "ENTER")
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def record(self, position: Position, fill: Fill, equity: Equity) -> int:
        """Write one fill, its position and the equity after it; return the fill's number."""

        def work(connection: Connection) -> int:
            self._fence.check(connection)
            number = self._last_number(connection) + 1
            connection.execute(insert(paper_trades).values(trade_row(number, position, fill)))
            upsert(connection, paper_positions, [position_row(position, fill)])
            upsert(connection, paper_equity, [equity_row(self._index_name, equity)])
            return number

        return await self._database.run(work)

    async def record_equity(self, equity: Equity, positions: Sequence[Position]) -> None:
        """Write the equity at the end of a bucket, and what the ticks have said of the open positions."""

        def work(connection: Connection) -> None:
            self._fence.check(connection)
            for position in positions:
                here = paper_positions.c.trade_id == position.trade_id
                connection.execute(update(paper_positions).where(here).values(mark_columns(position.marks)))
            upsert(connection, paper_equity, [equity_row(self._index_name, equity)])

        await self._database.run(work)

    async def closing_value(self, since: datetime) -> Decimal | None:
        """Return the close of that day's last index candle, None when there is none that began at `since` or later."""
        c = index_candles.c
        query = (
            select(c.close)
            .where(
                c.index_name == self._index_name, *on_day(c.time, since.date()), c.time >= wall_time(since)
            )
            .order_by(c.time.desc())
            .limit(1)
        )
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    def _read(self, connection: Connection, published: int | None) -> Stored:
        self._fence.check(connection)
        here = paper_positions.c.index_name == self._index_name
        is_open = select(paper_positions).where(here, paper_positions.c.state == "open")
        rows = connection.execute(is_open.order_by(paper_positions.c.entered_at)).mappings()
        last = self._last_number(connection)
        after = last - 1 if published is None else published
        return Stored(
            positions=tuple(position_of(dict(row)) for row in rows),
            cash_flow=self._cash_flow(connection),
            unpublished=self._fills_after(connection, after),
            last_number=last,
        )

    def _fills_after(self, connection: Connection, number: int) -> tuple[Published, ...]:
        query = select(paper_trades).where(_t.index_name == self._index_name, _t.number > number)
        rows = connection.execute(query.order_by(_t.number)).mappings()
        return tuple(Published(row["number"], event_of_row(dict(row))) for row in rows)

    def _last_number(self, connection: Connection) -> int:
        query = select(func.max(_t.number)).where(_t.index_name == self._index_name)
        return connection.execute(query).scalar() or 0

    def _cash_flow(self, connection: Connection) -> Decimal:
        premium = _t.price * _t.quantity
        flow = case((_t.action == "EXIT", premium), else_=-premium) - _t.charges
        query = select(func.sum(flow)).where(_t.index_name == self._index_name)
        found = connection.execute(query).scalar()
        return Decimal(0) if found is None else Decimal(str(found)).quantize(Decimal("0.01"))
