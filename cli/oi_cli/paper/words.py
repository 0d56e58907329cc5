"""The paper account in words: for a person's terminal, and as a JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console

from oi_cli.paper.account import Account, Held, Total, Trade


def show(console: Console, account: Account) -> None:
    """Print three blocks: what is held, what was traded, what it came to."""
    for line, style in lines(account):
        console.print(line, style=style, markup=False)


def lines(account: Account) -> Iterator[tuple[str, str | None]]:
    """Yield each line and its style."""
    yield f"Paper trading on {account.day:%a %d %b %Y}, rupees", "bold"
    yield from _block("Open positions", [(_held(each), _style(each.gross)) for each in account.held])
    yield from _block("Trades", [(_trade(each), _style(each.pnl_net)) for each in account.trades])
    yield from _block(
        "Profit and loss of closed positions", [(_total(t), _style(t.net)) for t in account.totals]
    )


def document(account: Account) -> dict[str, Any]:
    """Return everything as one JSON object; rupees are text, so that no paisa is lost. Times are IST."""
    return {
        "day": account.day.isoformat(),
        "positions": [{**_plain(each), "pnl_gross": str(each.gross)} for each in account.held],
        "trades": [_plain(each) for each in account.trades],
        "totals": [{**_plain(each), "charges": str(each.charges)} for each in account.totals],
    }


def _block(title: str, rows: Sequence[tuple[str, str | None]]) -> Iterator[tuple[str, str | None]]:
    yield "", None
    yield title, "bold"
    yield from rows or [("  none", "dim")]


def _held(held: Held) -> str:
    levels = f"stop {_rupees(held.stop)}  target {_rupees(held.target)}"
    now = f"bid {_rupees(held.last_bid)}  last {_rupees(held.last_ltp)} at {held.last_at:%H:%M:%S}"
    entered = f"{held.quantity} at {_rupees(held.entry_price)} since {held.time:%d %b %H:%M:%S}"
    return f"  {_contract(held)}  {entered}  {levels}  {now}  gross {_signed(held.gross)}"


def _trade(trade: Trade) -> str:
    filled = f"{trade.action:<5}  {trade.quantity:>5} at {_rupees(trade.price):>9}"
    result = (
        "" if trade.pnl_net is None else f"  gross {_signed(trade.pnl_gross)}  net {_signed(trade.pnl_net)}"
    )
    charges = f"charges {_rupees(trade.charges):>8}"
    return f"  {trade.time:%H:%M:%S}  {_contract(trade)}  {filled}  {charges}  {trade.reason}{result}"


def _total(total: Total) -> str:
    worth = "" if total.equity is None else f"  equity {_rupees(total.equity)}"
    return (
        f"  {total.index_name:<10}  {total.closed} closed, {total.won} won  gross {_signed(total.gross)}  "
        f"charges {_rupees(total.charges)}  net {_signed(total.net)}{worth}"
    )


def _contract(each: Held | Trade) -> str:
    return f"{each.index_name:<10} {each.expiry:%d %b} {each.strike} {each.side}"


def _rupees(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _signed(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:+,.2f}"


def _style(value: Decimal | None) -> str | None:
    if not value:
        return None
    return "green" if value > 0 else "red"


def _plain(each: Held | Trade | Total) -> dict[str, Any]:
    return {name: _json(value) for name, value in asdict(each).items()}


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, (date, datetime)) else value
