"""Drawing a chain: calls to the left of the strike, puts to the right."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from oi_cli.chain.view import (
    ChainView,
    Leg,
    StrikeRow,
    around_the_money,
    bar,
    lakhs,
    number,
    rupees,
    written_age,
)

BARS_FROM_WIDTH = 110

_BAR_WIDTH = 12
_AT_THE_MONEY = "bold black on yellow"
_CALLS, _PUTS = "red", "green"


def title(view: ChainView) -> str:
    return (
        f"{view.index_name} {view.expiry:%d %b}   spot {rupees(view.spot)}   PCR {number(view.pcr_oi)}   "
        f"max pain {number(view.max_pain, 0)}   bucket {view.time:%H:%M} {view.state}   "
        f"data {written_age(view.age)} old"
    )


def chain_table(view: ChainView, *, rows: int, width: int) -> Table:
    """Return the rows around the money that fit; OI and its change are lakhs of units."""
    with_bars = width >= BARS_FROM_WIDTH
    table = Table(box=None, pad_edge=False, expand=False, header_style="bold", padding=(0, 1))
    sides = ("Volume", "LTP", "OI chg", "OI lakh")
    for name in sides:
        table.add_column(name, justify="right", style=_CALLS, no_wrap=True)
    if with_bars:
        table.add_column("calls", justify="right", style=_CALLS, width=_BAR_WIDTH)
    table.add_column("Strike", justify="center", style="bold", no_wrap=True)
    if with_bars:
        table.add_column("puts", style=_PUTS, width=_BAR_WIDTH)
    for name in reversed(sides):
        table.add_column(name, justify="right", style=_PUTS, no_wrap=True)
    for row in around_the_money(view.rows, view.atm_strike, rows):
        style = _AT_THE_MONEY if row.strike == view.atm_strike else None
        table.add_row(*_cells(row, view, with_bars=with_bars), style=style)
    return table


def plain_lines(view: ChainView, *, rows: int) -> list[str]:
    """Return the same without colours or control codes, in columns of fixed width."""
    head = ("volume", "ltp", "oi chg", "oi lakh", "strike", "oi lakh", "oi chg", "ltp", "volume")
    lines = [title(view), _in_columns(head)]
    for row in around_the_money(view.rows, view.atm_strike, rows):
        mark = "  <- at the money" if row.strike == view.atm_strike else ""
        lines.append(_in_columns(_cells(row, view, with_bars=False)) + mark)
    return lines


def _in_columns(cells: Iterable[object]) -> str:
    return "".join(f"{cell!s:>12}" for cell in cells)


def _cells(row: StrikeRow, view: ChainView, *, with_bars: bool) -> list[str | Text]:
    cells: list[str | Text] = [*_leg(row.ce), str(row.strike), *reversed(_leg(row.pe))]
    if with_bars:
        most = view.most_oi
        cells[4:5] = [bar(row.ce.oi, most, _BAR_WIDTH), str(row.strike), bar(row.pe.oi, most, _BAR_WIDTH)]
    return cells


def _leg(leg: Leg) -> list[str]:
    volume = "-" if leg.volume is None else f"{leg.volume:,}"
    return [volume, rupees(leg.ltp), lakhs(leg.oi_change, signed=True), lakhs(leg.oi)]
