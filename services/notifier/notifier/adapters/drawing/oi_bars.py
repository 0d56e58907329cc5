"""OI by strike, calls to the left and puts to the right, with what was added and taken away today."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notifier.adapters.drawing.chain_table import around_the_money
from notifier.adapters.drawing.page import (
    CALLS,
    CALLS_DIM,
    FAINT,
    GONE,
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

_WIDTH, _TOP, _ROW, _FOOT = 1080, 226, 78, 92
_ROWS: Final = 15
_NAME_WIDTH = 140
_WORDS_WIDTH = 142


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
    page.write(MARGIN, _TOP - 40, "CALL OI", 36, CALLS, weight="bold")
    page.write(_WIDTH - MARGIN, _TOP - 40, "PUT OI", 36, PUTS, weight="bold", ha="right")


def _row(
    page: Page, top: float, row: Row, most: int, since: Mapping[tuple[int, str], int], *, is_money: bool
) -> None:
    middle = top + _ROW / 2
    if is_money:
        page.boxes([(0, top, _WIDTH, _ROW - 2)], ["#3a2f0b"])
    page.write(
        _WIDTH / 2, middle, str(row["strike"]), 38, MONEY if is_money else INK, weight="bold", ha="center"
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
    longest = (_WIDTH - _NAME_WIDTH) / 2 - MARGIN / 2 - _WORDS_WIDTH
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
    page.boxes(boxes, [colours[0], colours[1], GONE])
    change = None if oi is None or first is None else oi - first
    x = begin - at - 10 if is_call else begin + at + 10
    page.write(x, top + _ROW / 2 - 13, lakhs(oi), 31, INK, ha="right" if is_call else "left")
    page.write(x, top + _ROW / 2 + 20, lakhs(change, sign=True), 26, FAINT, ha="right" if is_call else "left")


def _foot(page: Page) -> None:
    y, x = page.height - _FOOT / 2, float(MARGIN)
    for colours, words in (
        ((CALLS_DIM, PUTS_DIM), "OI at the open"),
        ((CALLS, PUTS), "added today"),
        ((GONE, GONE), "gone today"),
    ):
        page.boxes([(x, y - 15, 20, 30), (x + 20, y - 15, 20, 30)], colours)
        page.write(x + 54, y, words, 29, FAINT)
        x += 54 + 17 * len(words) + 36
