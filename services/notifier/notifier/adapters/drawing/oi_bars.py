"""OI by strike, calls to the left and puts to the right, with what was added and taken away today."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notifier.adapters.drawing.chain_table import around_the_money
from notifier.adapters.drawing.page import (
    CALLS,
    CALLS_DIM,
    FAINT,
    INK,
    MARGIN,
    MONEY,
    PUTS,
    PUTS_DIM,
    Page,
    headline,
)
from notifier.core.numbers import day, lakhs, number, strike

Row = Mapping[str, Any]

_WIDTH, _TOP, _ROW, _FOOT = 1080, 216, 62, 90
_ROWS: Final = 17
_NAME_WIDTH = 128


def draw(header: Row, rows: Sequence[Row], since: Mapping[tuple[int, str], int]) -> bytes:
    """Return the picture as PNG. `since` is the OI of each contract in the day's first snapshot."""
    shown = around_the_money(rows, header.get("atm_strike"), _ROWS)
    page = Page(_WIDTH, _TOP + _ROW * max(len(shown), 1) + _FOOT)
    _head(page, header)
    known = [row.get(f"{side}_oi") or 0 for row in shown for side in ("ce", "pe")]
    known += [since.get((row["strike"], side), 0) for row in shown for side in ("CE", "PE")]
    most = max(known, default=0)
    if not most:
        page.write(_WIDTH / 2, _TOP + _ROW / 2, "no open interest", 34, FAINT, ha="center")
    for place, row in enumerate(reversed(shown)):
        _row(page, _TOP + place * _ROW, row, most, since, is_money=row["strike"] == header.get("atm_strike"))
    _foot(page)
    return page.png()


def _head(page: Page, header: Row) -> None:
    below = f"{header['time']:%d %b %H:%M}   PCR {number(header.get('pcr_oi'))}   max pain {strike(header.get('max_pain'))}"
    headline(page, f"{header['index_name']} {day(header['expiry'])}", number(header.get("spot")), below)
    page.write(MARGIN, _TOP - 36, "CALL OI", 30, CALLS, weight="bold")
    page.write(_WIDTH - MARGIN, _TOP - 36, "PUT OI", 30, PUTS, weight="bold", ha="right")


def _row(
    page: Page, top: float, row: Row, most: int, since: Mapping[tuple[int, str], int], *, is_money: bool
) -> None:
    middle = top + _ROW / 2
    if is_money:
        page.boxes([(0, top, _WIDTH, _ROW - 2)], ["#3a2f0b"])
    page.write(
        _WIDTH / 2, middle, str(row["strike"]), 32, MONEY if is_money else INK, weight="bold", ha="center"
    )
    for side, colours in (("ce", (CALLS_DIM, CALLS)), ("pe", (PUTS_DIM, PUTS))):
        oi = row.get(f"{side}_oi")
        _side(page, top, oi, since.get((row["strike"], side.upper())), most, colours, is_call=side == "ce")


def _side(
    page: Page,
    top: float,
    oi: int | None,
    first: int | None,
    most: int,
    colours: tuple[str, str],
    *,
    is_call: bool,
) -> None:
    """Draw the OI as a bar: bright what was added since the day's first snapshot, hollow what has gone."""
    longest = (_WIDTH - _NAME_WIDTH) / 2 - MARGIN - 118
    scale = longest / most if most else 0.0
    stayed, added = min(oi or 0, first if first is not None else oi or 0) * scale, 0.0
    gone = max((first or 0) - (oi or 0), 0) * scale if oi is not None else 0.0
    if oi is not None and first is not None:
        added = max(oi - first, 0) * scale
    begin = _WIDTH / 2 + (-_NAME_WIDTH / 2 if is_call else _NAME_WIDTH / 2)
    boxes, at = [], 0.0
    for length in (stayed, added, gone):
        boxes.append((begin - at - length if is_call else begin + at, top + 9, length, _ROW - 20))
        at += length
    page.boxes(boxes, [colours[0], colours[1], "#2a3038"])
    change = None if oi is None or first is None else oi - first
    x = begin - at - 10 if is_call else begin + at + 10
    page.write(x, top + _ROW / 2 - 9, lakhs(oi), 24, INK, ha="right" if is_call else "left")
    page.write(x, top + _ROW / 2 + 15, lakhs(change, sign=True), 20, FAINT, ha="right" if is_call else "left")


def _foot(page: Page) -> None:
    y, x = page.height - _FOOT / 2, float(MARGIN)
    for colour, words in (
        (CALLS_DIM, "there since the first snapshot"),
        (CALLS, "added"),
        ("#2a3038", "gone"),
    ):
        page.boxes([(x, y - 13, 26, 26)], [colour])
        page.write(x + 38, y, words, 25, FAINT)
        x += 38 + 15 * len(words) + 44
