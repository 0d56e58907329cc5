"""Spot, PCR and straddle through the day, one below the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from notifier.adapters.drawing.page import (
    FAINT,
    GRID,
    INK,
    LINE,
    MARGIN,
    MONEY,
    PUTS,
    Page,
    headline,
    tint_of,
)
from notifier.core.numbers import day, number, signed

Row = Mapping[str, Any]

_WIDTH, _TOP, _PANEL, _GAP, _FOOT = 1080, 136, 310, 100, 64
_LEFT, _RIGHT = MARGIN, 206
_PANELS: Final = (
    ("Spot", "spot", 0, LINE),
    ("PCR of OI", "pcr_oi", 2, PUTS),
    ("Straddle at the money", "straddle", 1, MONEY),
)


def draw(rows: Sequence[Row], marks: Sequence[datetime] = ()) -> bytes:
    """Return the picture as PNG. `rows` are the buckets of one chain's day; `marks` are moments of alerts."""
    page = Page(_WIDTH, _TOP + len(_PANELS) * (_PANEL + _GAP) + _FOOT)
    last = rows[-1]
    spots = [row["spot"] for row in rows if row.get("spot") is not None]
    moved = 100 * (spots[-1] / spots[0] - 1) if len(spots) > 1 else None
    below = f"{last['time']:%d %b}   {rows[0]['time']:%H:%M} to {last['time']:%H:%M}   expiry {day(last['expiry'])}"
    said = f"{signed(moved)} %" if moved is not None else ""
    headline(
        page, f"{last['index_name']}  {number(spots[-1] if spots else None)}", said, below, tint_of(moved)
    )
    for place, (name, column, digits, colour) in enumerate(_PANELS):
        _panel(page, _TOP + _GAP + place * (_PANEL + _GAP), rows, (name, column, digits, colour), marks)
    return page.png()


def _panel(
    page: Page,
    top: float,
    rows: Sequence[Row],
    panel: tuple[str, str, int, str],
    marks: Sequence[datetime],
) -> None:
    name, column, digits, colour = panel
    known = [(row["time"], float(row[column])) for row in rows if row.get(column) is not None]
    page.write(_LEFT, top - 28, name, 34, INK)
    page.boxes([(_LEFT, top + _PANEL, page.width - _LEFT - _RIGHT, 2)], [GRID])
    if not known:
        page.write(_LEFT, top + _PANEL / 2, "not known today", 30, FAINT)
        return
    low, high = min(value for _, value in known), max(value for _, value in known)
    span = high - low or max(abs(high) * 0.01, 0.01)

    def y(value: float) -> float:
        return top + 14 + (_PANEL - 28) * (1 - (value - low) / span)

    x = _scale(rows, page.width)
    _hours(page, top, rows, x)
    if column == "pcr_oi" and low < 1 < high:
        page.line([_LEFT, page.width - _RIGHT], [y(1), y(1)], FAINT, 2, linestyle=(0, (4, 4)))
    xs, ys = [x(time) for time, _ in known], [y(value) for _, value in known]
    page.fill(xs, ys, top + _PANEL, colour)
    page.line(xs, ys, colour, 4)
    for mark in marks:
        page.line([x(mark), x(mark)], [top, top + _PANEL], MONEY, 2, alpha=0.5)
    end = known[-1][1]
    page.boxes([(xs[-1] - 5, ys[-1] - 5, 10, 10)], [INK])
    page.write(
        page.width - _RIGHT + 18,
        min(max(ys[-1], top + 40), top + _PANEL - 40),
        number(end, digits),
        40,
        INK,
        weight="bold",
    )
    _ends(page, top, (low, high, end), y, digits)


def _ends(page: Page, top: float, values: tuple[float, float, float], y: Any, digits: int) -> None:
    """Write the day's lowest and highest beside the last, where they do not stand on it."""
    low, high, end = values
    at = min(max(y(end), top + 40), top + _PANEL - 40)
    for value, place in ((high, top + 14), (low, top + _PANEL - 14)):
        if abs(place - at) > 38:
            page.write(page.width - _RIGHT + 18, place, number(value, digits), 31, FAINT)


def _scale(rows: Sequence[Row], width: int) -> Any:
    first, last = rows[0]["time"], rows[-1]["time"]
    length = max((last - first).total_seconds(), 1)
    room = width - _LEFT - _RIGHT - 8
    return lambda time: _LEFT + room * (time - first).total_seconds() / length


def _hours(page: Page, top: float, rows: Sequence[Row], x: Any) -> None:
    for row in rows:
        if row["time"].minute == 0:
            page.boxes([(x(row["time"]), top, 1, _PANEL)], [GRID])
            page.write(x(row["time"]), top + _PANEL + 24, f"{row['time']:%H}", 29, FAINT, ha="center")
