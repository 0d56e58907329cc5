"""The 18 columns, and which of them a width holds.

From wide to narrow: wide gaps and bars of OI go first, then gaps become one character, then verdicts are written
with an arrow and walls without their rank. What still does not fit is left out on both sides at once, in the order
of `LEFT_OUT_FIRST`: first what its neighbours tell anyway, last the change of OI. Lines are never wrapped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from oi_cli.chain import cells
from oi_cli.chain.cells import Cell, Marks
from oi_cli.chain.view import Leg, StrikeRow

LEFT_OUT_FIRST: Final = (
    "previous close", "previous OI", "Theta", "Delta", "Close %", "Verdict", "OI %",
)  # fmt: skip

_OF_A_SIDE: Final = (
    "Theta", "Delta", "Close %", "OI %", "previous close", "close", "previous OI", "OI", "bar",
)  # fmt: skip
_HEADINGS: Final = {
    "Theta": ("", "Theta"), "Delta": ("", "Delta"), "Close %": ("Close", "%"), "OI %": ("OI", "%"),
    "previous close": ("Prev", "close"), "close": ("", "Close"), "previous OI": ("Prev", "OI"),
    "OI": ("OI", ""), "bar": ("", ""), "Strike": ("", "Strike"), "Verdict": ("", "Verdict"),
}  # fmt: skip
# What each is written in at most, so that columns do not jump from one refresh to the next.
_LEAST: Final = {
    "Theta": 5, "Delta": 5, "Close %": 5, "OI %": 5, "previous close": 6, "close": 6, "previous OI": 5, "OI": 5,
    "bar": cells.BAR_WIDTH,
}  # fmt: skip
_OF_LEG: Final[Mapping[str, Callable[[Leg, Marks], Cell]]] = {
    "Theta": lambda leg, _: cells.theta(leg),
    "Delta": lambda leg, _: cells.delta(leg),
    "Close %": lambda leg, _: cells.change(leg.close_percent),
    "OI %": lambda leg, _: cells.change(leg.oi_percent),
    "previous close": lambda leg, _: cells.close(leg.previous_close, is_previous=True),
    "close": lambda leg, _: cells.close(leg.close),
    "previous OI": lambda leg, marks: cells.oi(leg.previous_oi, marks, cells.PREVIOUS),
    "OI": lambda leg, marks: cells.oi(leg.oi, marks),
}


class Column(NamedTuple):
    name: str
    part: Literal["ce", "strike", "pe", "verdict"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How much room is taken."""

    gap: int = 1
    has_bars: bool = False
    has_ranks: bool = True
    is_shortest: bool = False
    left_out: tuple[str, ...] = ()

    def columns(self) -> tuple[Column, ...]:
        hidden = {*self.left_out, *(() if self.has_bars else ("bar",))}
        side = [name for name in _OF_A_SIDE if name not in hidden]
        last = () if "Verdict" in hidden else (Column("Verdict", "verdict"),)
        return (
            *(Column(name, "ce") for name in side),
            Column("Strike", "strike"),
            *(Column(name, "pe") for name in reversed(side)),
            *last,
        )


def layouts() -> tuple[Layout, ...]:
    """Return all there are, the widest first."""
    tight = (Layout(), Layout(is_shortest=True), Layout(is_shortest=True, has_ranks=False))
    left_out = (LEFT_OUT_FIRST[:count] for count in range(len(LEFT_OUT_FIRST) + 1))
    return (
        Layout(gap=3, has_bars=True),
        Layout(gap=2, has_bars=True),
        Layout(gap=2),
        *(replace(layout, left_out=names) for names in left_out for layout in tight),
    )


def cell(column: Column, row: StrikeRow, marks: Marks, layout: Layout) -> tuple[Cell, ...]:
    """Return what stands in a column; of the strike these are three parts."""
    if column.part == "strike":
        return cells.strike(row, marks, has_ranks=layout.has_ranks)
    if column.part == "verdict":
        return (cells.verdict(row, is_shortest=layout.is_shortest),)
    leg, walls, colour = (
        (row.ce, marks.resistance, cells.DOWN) if column.part == "ce" else (row.pe, marks.support, cells.UP)
    )
    if column.name == "bar":
        return (cells.oi_bar(leg, marks, colour),)
    if column.name == "OI" and row.strike in walls:
        return (cells.oi(leg.oi, marks, f"bold {colour}"),)
    return (_OF_LEG[column.name](leg, marks),)


def heading(column: Column, marks: Marks) -> tuple[str, str]:
    return ("OI", marks.unit_name) if column.name == "OI" else _HEADINGS[column.name]


def widths(rows: Sequence[StrikeRow], marks: Marks, layout: Layout) -> tuple[int, ...]:
    """Return the width of each of the layout's columns."""
    return tuple(
        max(
            _least(column, layout),
            *map(len, heading(column, marks)),
            *(sum(len(part.text) for part in cell(column, row, marks, layout)) for row in rows),
        )
        for column in layout.columns()
    )


def _least(column: Column, layout: Layout) -> int:
    if column.part == "verdict":
        return len("▼ Strong" if layout.is_shortest else "Strong Bear")
    return _LEAST.get(column.name, 0)


def total(of_columns: Sequence[int], layout: Layout) -> int:
    return sum(of_columns) + layout.gap * (len(of_columns) - 1)


def fitting(rows: Sequence[StrikeRow], marks: Marks, width: int) -> Layout:
    """Return the widest layout that fits, or the narrowest where none does."""
    known = layouts()
    return next(
        (layout for layout in known if total(widths(rows, marks, layout), layout) <= width), known[-1]
    )
