"""Drawing a chain as lines: calls to the left of the strike, puts to the right, nothing ever wrapped."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.text import Text

from oi_cli.chain.cells import Cell, Marks, marks_of
from oi_cli.chain.columns import Column, Layout, cell, fitting, heading, total, widths
from oi_cli.chain.told import clipped, footer, header
from oi_cli.chain.view import ChainView, StrikeRow, around_the_money

_LEAST_ROWS: Final = 3
_HEADING_LINES: Final = 3
_AT_THE_MONEY: Final = "white on grey23"
_BANDS: Final = {
    "ce": "bold white on #7f1d1d", "strike": "bold white on #1e3a8a",
    "pe": "bold white on #14532d", "verdict": "bold white on #3f3f46",
}  # fmt: skip
_TITLES: Final = {"ce": "CALLS", "strike": "", "pe": "PUTS", "verdict": ""}


class Drawing(NamedTuple):
    """Lines, none wider than was asked for, and how many strikes they show."""

    lines: list[Text]
    shown: int


def draw(view: ChainView, *, width: int, height: int, strikes: int | None = None) -> Drawing:
    """Draw a chain; `strikes` limits how many around the money are shown, `height` does so by itself."""
    marks, above = marks_of(view), header(view, width)
    room = height - len(above) - _HEADING_LINES
    widest = _rows(view, room, strikes)
    layout = fitting(widest, marks, width)
    below = footer(view, len(widest), layout, marks, width)
    rows = _rows(view, room - len(below), strikes)
    below = footer(view, len(rows), layout, marks, width)
    return Drawing([*above, *table_lines(rows, marks, layout, width), *below], len(rows))


def table_lines(rows: Sequence[StrikeRow], marks: Marks, layout: Layout, width: int) -> list[Text]:
    """Return two heading lines under a band that names the sides, and a line for each strike."""
    columns, of_columns = layout.columns(), widths(rows, marks, layout)
    lines = [_band(columns, of_columns, layout)]
    lines += [_heading(level, columns, of_columns, marks, layout) for level in range(2)]
    if not rows:
        lines.append(Text("no strikes in this snapshot", "dim"))
    for row in rows:
        line = Text(style=_AT_THE_MONEY if row.strike == marks.atm else "")
        for place, (column, room) in enumerate(zip(columns, of_columns, strict=True)):
            line.append(" " * layout.gap if place else "")
            line.append_text(_aligned(cell(column, row, marks, layout), column, room))
        lines.append(line)
    return [clipped(line, width) for line in lines]


def _rows(view: ChainView, room: int, strikes: int | None) -> tuple[StrikeRow, ...]:
    most = max(room, _LEAST_ROWS)
    return around_the_money(view.rows, view.atm_strike, most if strikes is None else min(most, strikes))


def _aligned(parts: Sequence[Cell], column: Column, room: int) -> Text:
    text = Text.assemble(*((part.text, part.style) for part in parts))
    pad = " " * (room - len(text))
    is_left = column.part == "verdict" or (column.name, column.part) == ("bar", "pe")
    return Text.assemble(text, pad) if is_left else Text.assemble(pad, text)


def _heading(
    level: int, columns: Sequence[Column], of_columns: Sequence[int], marks: Marks, layout: Layout
) -> Text:
    line = Text()
    for place, (column, room) in enumerate(zip(columns, of_columns, strict=True)):
        style, said = _BANDS[column.part], heading(column, marks)[level]
        line.append(" " * layout.gap if place else "", style)
        align = {"strike": str.center, "verdict": str.ljust}.get(column.part, str.rjust)
        line.append(align(said, room), style)
    return line


def _band(columns: Sequence[Column], of_columns: Sequence[int], layout: Layout) -> Text:
    line = Text()
    for part, title in _TITLES.items():
        of_part = [width for column, width in zip(columns, of_columns, strict=True) if column.part == part]
        if of_part:
            line.append(" " * layout.gap if line else "", _BANDS[part])
            line.append(title.center(total(of_part, layout)), _BANDS[part])
    return line
