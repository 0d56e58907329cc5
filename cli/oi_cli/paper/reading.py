"""Reading the paper account from the database."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from oi_cli.paper.account import Account, Held, Trade
from oi_common.database import on_day
from oi_common.market.buckets import from_utc_naive, wall_time
from oi_common.tables import paper_equity, paper_positions, paper_trades


def last_day(connection: Connection) -> date | None:
    """Return the last day of which the account knows anything, None when it never ran."""
    latest: datetime | None = connection.execute(select(func.max(paper_equity.c.time))).scalar()
    return None if latest is None else latest.date()


def read_account(connection: Connection, day: date) -> Account:
    """Return a day's trades and the positions that are open now."""
    trades = select(paper_trades).where(*on_day(paper_trades.c.time, day))
    held = select(paper_positions).where(paper_positions.c.state == "open")
    return Account(
        day=day,
        held=[_held(row) for row in connection.execute(held.order_by(paper_positions.c.time)).mappings()],
        trades=[
            Trade(**_named(Trade, row))
            for row in connection.execute(
                trades.order_by(paper_trades.c.time, paper_trades.c.index_name, paper_trades.c.number)
            ).mappings()
        ],
        equity=_equity(connection, day),
    )


def _equity(connection: Connection, day: date) -> dict[str, Any]:
    e = paper_equity.c
    rows = select(e.index_name, e.equity).where(*on_day(e.time, day)).order_by(e.time)
    return {row.index_name: row.equity for row in connection.execute(rows)}


def _held(row: Mapping[Any, Any]) -> Held:
    return Held(**{**_named(Held, row), "last_at": wall_time(from_utc_naive(row["last_at"]))})


def _named(kind: type[Any], row: Mapping[Any, Any]) -> dict[str, Any]:
    return {field.name: row[field.name] for field in fields(kind)}
