"""The 18-column chain table, two lines a strike, so that a phone held upright can be read.

Calls to the left of the strike, puts to the right, the verdict below the strike. A bar shows each leg's OI.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notifier.adapters.drawing.page import (
    CALLS,
    CALLS_DIM,
    FAINT,
    GRID,
    INK,
    MARGIN,
    MONEY,
    PUTS,
    PUTS_DIM,
    RAISED,
    Page,
    colour_of,
    headline,
    tint_of,
)
from notifier.core.numbers import DASH, day, number, signed, strike

Row = Mapping[str, Any]
Cell = tuple[str, str]  # what is written, and its colour

_WIDTH, _TOP, _ROW, _FOOT = 1080, 300, 98, 72
_ROWS: Final = 13
_LAKH = 100_000
# From the outside in, what stands in the upper line of a column, what in the lower, and how wide it is.
_SIDE: Final = (("Price%", "Theta", 108), ("OI %", "Delta", 108), ("Price", "was", 112), ("OI", "was", 118))
_STRIKE_WIDTH = 160
_UPPER, _LOWER, _BAR, _BAR_HEIGHT = 28, 63, 82, 9
_MONEY_GROUND: Final = "#3a2f0b"


def draw(header: Row, rows: Sequence[Row]) -> bytes:
    """Return the picture as PNG; a chain without strikes gives a page that says so."""
    shown = around_the_money(rows, header.get("atm_strike"), _ROWS)
    page = Page(_WIDTH, _TOP + _ROW * max(len(shown), 1) + _FOOT)
    _head(page, header)
    if not shown:
        page.write(_WIDTH / 2, _TOP + _ROW / 2, "no strikes", 34, FAINT, ha="center")
    _names(page)
    most = {side: max((row.get(f"{side}_oi") or 0 for row in shown), default=0) for side in ("ce", "pe")}
    walls = {side: _wall(rows, side) for side in ("ce", "pe")}
    for place, row in enumerate(shown):
        is_money = row["strike"] == header.get("atm_strike")
        _row(page, _TOP + place * _ROW, row, (most, walls), is_money=is_money)
    _foot(page, f"{len(shown)} of {len(rows)} strikes", walls)
    return page.png()


def around_the_money(rows: Sequence[Row], atm: int | None, most: int) -> list[Row]:
    """Return at most `most` rows with the money in the middle; the middle of the chain where it is unknown."""
    ordered = sorted(rows, key=lambda row: row["strike"])
    middle = next((place for place, row in enumerate(ordered) if row["strike"] == atm), len(ordered) // 2)
    start = min(max(middle - most // 2, 0), max(len(ordered) - most, 0))
    return ordered[start : start + most]


def _wall(rows: Sequence[Row], side: str) -> int | None:
    """Return the strike with the most OI of a side in the whole chain, None when none is known."""
    known = [row for row in rows if row.get(f"{side}_oi")]
    return max(known, key=lambda row: row[f"{side}_oi"])["strike"] if known else None


def _middles(side: str) -> list[float]:
    """Return the middle of each of a side's four columns, from the outside in."""
    x, middles = (_WIDTH - 2 * sum(width for *_, width in _SIDE) - _STRIKE_WIDTH) / 2, []
    for *_, width in _SIDE:
        middles.append(x + width / 2)
        x += width
    return middles if side == "ce" else [_WIDTH - middle for middle in middles]


def _head(page: Page, header: Row) -> None:
    direction = str(header.get("direction") or "").replace("_", " ").lower()
    left = f"{header['index_name']} {day(header['expiry'])}"
    below = (
        f"{header['time']:%d %b %H:%M}   PCR {number(header.get('pcr_oi'))}   max pain {strike(header.get('max_pain'))}"
        f"   straddle {number(header.get('straddle'), 0)}"
    )
    headline(page, left, number(header.get("spot")), below)
    page.write(_WIDTH / 2, 184, direction, 40, colour_of(direction), ha="center", weight="bold")


def _names(page: Page) -> None:
    y = _TOP - 62
    for side, colour in (("ce", CALLS), ("pe", PUTS)):
        for x, (upper, lower, _) in zip(_middles(side), _SIDE, strict=True):
            page.write(x, y, upper, 27, colour, ha="center")
            page.write(x, y + 33, lower, 24, FAINT, ha="center")
    page.write(_WIDTH / 2, y, "Strike", 27, MONEY, ha="center")
    page.write(_WIDTH / 2, y + 33, "OI in lakh", 24, FAINT, ha="center")
    page.write(MARGIN, 184, "CALLS", 30, CALLS, weight="bold")
    page.write(_WIDTH - MARGIN, 184, "PUTS", 30, PUTS, weight="bold", ha="right")


def _row(
    page: Page,
    top: float,
    row: Row,
    scale: tuple[Mapping[str, int], Mapping[str, int | None]],
    *,
    is_money: bool,
) -> None:
    """Write one strike; `scale` holds each side's largest OI that is shown, and each side's wall."""
    most, walls = scale
    if is_money:
        page.boxes([(0, top, _WIDTH, _ROW - 2)], [_MONEY_GROUND])
    page.boxes([(0, top + _ROW - 2, _WIDTH, 2)], [GRID])
    for side, colours in (("ce", (CALLS_DIM, CALLS)), ("pe", (PUTS_DIM, PUTS))):
        _bar(page, top, row.get(f"{side}_oi"), most[side], side, colours[row["strike"] == walls[side]])
        for x, (upper, lower) in zip(_middles(side), _cells(row, side), strict=True):
            is_oi = x == _middles(side)[-1]
            page.write(
                x, top + _UPPER, upper[0], 34 if is_oi else 31, upper[1],
                ha="center", weight="bold" if is_oi else "normal",
            )  # fmt: skip
            page.write(x, top + _LOWER, lower[0], 26, lower[1], ha="center")
    verdict = _short(row.get("verdict"))
    page.write(_WIDTH / 2, top + _UPPER + 4, str(row["strike"]), 38, MONEY, ha="center", weight="bold")
    page.write(_WIDTH / 2, top + _LOWER + 8, verdict, 26, colour_of(verdict), ha="center", weight="bold")


def _bar(page: Page, top: float, oi: int | None, most: int, side: str, colour: str) -> None:
    """Draw the OI's share of its side's largest, from the strike outwards."""
    if not oi or not most:
        return
    length = oi / most * sum(width for *_, width in _SIDE)
    begin = (_WIDTH - _STRIKE_WIDTH) / 2 - length if side == "ce" else (_WIDTH + _STRIKE_WIDTH) / 2
    page.boxes([(begin, top + _BAR, length, _BAR_HEIGHT)], [colour])


def _cells(row: Row, side: str) -> list[tuple[Cell, Cell]]:
    """Return the upper and the lower cell of a side's columns, from the outside in."""
    oi, ltp = row.get(f"{side}_oi"), row.get(f"{side}_ltp")
    oi_before = _before(oi, row.get(f"{side}_oi_change"))
    ltp_before = _before(ltp, row.get(f"{side}_ltp_change"))
    ltp_percent, oi_percent = row.get(f"{side}_ltp_percent_change"), row.get(f"{side}_oi_percent_change")
    return [
        ((_fit(ltp_percent), tint_of(ltp_percent)), (_fit(row.get(f"{side}_theta")), FAINT)),
        ((_fit(oi_percent), tint_of(oi_percent)), (number(row.get(f"{side}_delta"), 2), FAINT)),
        ((_price(ltp), INK), (_price(ltp_before), FAINT)),
        ((_lakh(oi), INK), (_lakh(oi_before), FAINT)),
    ]


def _before(value: float | None, change: float | None) -> float | None:
    return None if value is None or change is None else value - change


def _fit(value: float | None) -> str:
    """Write a value with one decimal, without it where it would not fit; thousands as k."""
    if value is not None and abs(value) >= 9999.5:
        return signed(value / 1000, 0).replace(",", "") + "k"
    return signed(value, 0 if value is not None and abs(value) >= 99.95 else 1).replace(",", "")


def _price(value: float | None) -> str:
    return DASH if value is None else f"{value:.0f}" if value >= 1000 else f"{value:.1f}"


def _lakh(units: float | None) -> str:
    return DASH if units is None else f"{units / _LAKH:.1f}"


def _short(verdict: str | None) -> str:
    """Return the predecessor's short forms: Strong/Mod/Mild Bull/Bear, or the word itself."""
    if not verdict:
        return DASH
    words = {"moderate": "Mod", "bullish": "Bull", "bearish": "Bear", "strong": "Str", "breakout": "Break"}
    return " ".join(words.get(word.lower(), word.capitalize()) for word in verdict.replace("_", " ").split())


def _foot(page: Page, count: str, walls: Mapping[str, int | None]) -> None:
    y = page.height - _FOOT / 2
    page.boxes([(0, page.height - _FOOT, page.width, _FOOT)], [RAISED])
    page.write(MARGIN, y, f"most OI: calls {strike(walls['ce'])}, puts {strike(walls['pe'])}", 29, INK)
    page.write(page.width - MARGIN, y, count, 27, FAINT, ha="right")
