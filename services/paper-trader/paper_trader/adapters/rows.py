"""Positions, fills and equity as the tables hold them."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from oi_common.events import TradeFilled
from oi_common.market.buckets import from_utc_naive, utc_naive, wall_time
from paper_trader.core.book import Equity
from paper_trader.core.fills import Fill
from paper_trader.core.positions import Marks, Position
from paper_trader.core.quotes import Quote

Row = dict[str, Any]

_NOTE_LENGTH = 250
_COPIED = ("trade_id", "index_name", "expiry", "strike", "side", "lots", "lot_size")
_POSITION = (
    *_COPIED, "segment", "loop", "engine", "model", "entry_price", "entry_charges", "stop_loss", "target", "tick_id",
)  # fmt: skip


def trade_row(number: int, position: Position, fill: Fill) -> Row:
    quote = fill.quote
    return {
        **{name: getattr(position, name) for name in _COPIED},
        **asdict(fill.cost),
        "action": fill.action,
        "number": number,
        "time": wall_time(fill.at),
        "filled_at": utc_naive(fill.at),
        "quantity": fill.quantity,
        "price": fill.price,
        "reason": fill.reason,
        "note": fill.note[:_NOTE_LENGTH],
        "ltp": quote.ltp if quote else None,
        "bid": quote.bid if quote else None,
        "ask": quote.ask if quote else None,
        "charges": fill.charges,
        "pnl_gross": fill.pnl_gross,
        "pnl_net": fill.pnl_net,
    }


def position_row(position: Position, fill: Fill | None = None) -> Row:
    """Return a position's row: open, or closed by its last fill."""
    return {
        **{name: getattr(position, name) for name in _POSITION},
        **mark_columns(position.marks),
        "state": "open",
        "quantity": position.quantity,
        "time": wall_time(position.entered_at),
        "entered_at": utc_naive(position.entered_at),
        **(_closed_columns(position, fill) if fill and fill.action == "EXIT" else {}),
    }


def mark_columns(marks: Marks) -> Row:
    return {
        "stop": marks.stop,
        "highest": marks.highest,
        "last_at": utc_naive(marks.quote.at),
        "last_ltp": marks.quote.ltp,
        "last_bid": marks.quote.bid,
        "last_ask": marks.quote.ask,
    }


def equity_row(index_name: str, equity: Equity) -> Row:
    return {
        "time": wall_time(equity.time),
        "index_name": index_name,
        "valued_at": utc_naive(equity.at),
        "cash": equity.cash,
        "positions": equity.positions,
        "open_value": equity.open_value,
        "equity": equity.total,
    }


def position_of(row: Mapping[str, Any]) -> Position:
    quote = Quote(from_utc_naive(row["last_at"]), row["last_ltp"], row["last_bid"], row["last_ask"])
    return Position(
        **{name: row[name] for name in _POSITION},
        entered_at=from_utc_naive(row["entered_at"]),
        marks=Marks(quote, row["highest"], row["stop"]),
    )


def event_of_row(row: Mapping[str, Any]) -> TradeFilled:
    """Return the event of a stored fill, the same as when it was filled."""
    names = ("trade_id", "action", "index_name", "expiry", "strike", "side", "quantity")
    return TradeFilled(
        **{name: row[name] for name in names},
        price=float(row["price"]),
        reason=f"{row['reason']}: {row['note']}",
        charges=float(row["charges"]),
        pnl_gross=_number(row["pnl_gross"]),
        pnl_net=_number(row["pnl_net"]),
    )


def _closed_columns(position: Position, fill: Fill) -> Row:
    return {
        "state": "closed",
        "exited_at": utc_naive(fill.at),
        "exit_price": fill.price,
        "exit_reason": fill.reason,
        "charges": position.entry_charges + fill.charges,
        "pnl_gross": fill.pnl_gross,
        "pnl_net": fill.pnl_net,
    }


def _number(rupees: Decimal | None) -> float | None:
    return None if rupees is None else float(rupees)
