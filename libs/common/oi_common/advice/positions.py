"""The open paper position, as the paper trader's table tells it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from oi_common.advice.situation import Position
from oi_common.events import MAX_PRICE
from oi_common.market.buckets import from_utc_naive
from oi_common.market.chain import Contract
from oi_common.tables import paper_positions


def open_position(connection: Connection, index_name: str, expiry: date, at: datetime) -> Position | None:
    """Return what is held of a chain at a moment, the oldest of several; None when nothing is."""
    of = paper_positions.c
    query = (
        select(paper_positions)
        .where(of.index_name == index_name, of.expiry == expiry, of.state == "open")
        .order_by(of.entered_at, of.trade_id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else position_of(dict(row), at)


def position_of(row: Mapping[str, Any], at: datetime) -> Position:
    """Return a row of `paper_positions` as the rules see it. A position without a stop or a target has none in reach."""
    stop = row["stop"] if row["stop"] is not None else row["stop_loss"]
    held = max(at - from_utc_naive(row["entered_at"]), timedelta(0))
    return Position(
        contract=Contract(row["strike"], "CE" if row["side"] == "CE" else "PE"),
        quantity=row["quantity"],
        entry=float(row["entry_price"]),
        stop_loss=0.0 if stop is None else float(stop),
        target=MAX_PRICE if row["target"] is None else float(row["target"]),
        held_minutes=held / timedelta(minutes=1),
        best=float(row["highest"]),
    )
