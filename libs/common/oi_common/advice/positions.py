"""The open paper position, as the paper trader's table tells it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from oi_common.advice.situation import Position
from oi_common.market.buckets import from_utc_naive
from oi_common.market.chain import Contract
from oi_common.tables import paper_positions
from oi_common.values import MAX_PRICE


def open_position(connection: Connection, index_name: str, expiry: date, at: datetime) -> Position | None:
    """Return what is held of a chain at a moment, the oldest of several; None when nothing is."""
    row = open_row(connection, index_name, paper_positions.c.expiry == expiry)
    return None if row is None else position_of(row, at)


def open_row(
    connection: Connection, index_name: str, *conditions: ColumnElement[bool]
) -> dict[str, Any] | None:
    """Return the row of the position that has been open longest, None when there is none."""
    of = paper_positions.c
    query = (
        select(paper_positions)
        .where(of.index_name == index_name, of.state == "open", *conditions)
        .order_by(of.entered_at, of.trade_id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def levels_of(row: Mapping[str, Any]) -> tuple[float, float]:
    """Return stop and target of a row of `paper_positions`; one that it does not have is never reached."""
    stop = row["stop"] if row["stop"] is not None else row["stop_loss"]
    return float(stop or 0), MAX_PRICE if row["target"] is None else float(row["target"])


def position_of(row: Mapping[str, Any], at: datetime) -> Position:
    """Return a row of `paper_positions` as the rules see it."""
    stop_loss, target = levels_of(row)
    held = max(at - from_utc_naive(row["entered_at"]), timedelta(0))
    return Position(
        contract=Contract(row["strike"], "CE" if row["side"] == "CE" else "PE"),
        quantity=row["quantity"],
        entry=float(row["entry_price"]),
        stop_loss=stop_loss,
        target=target,
        held_minutes=held / timedelta(minutes=1),
        best=float(row["highest"]),
    )
