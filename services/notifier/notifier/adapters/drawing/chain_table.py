"""The 18-column chain table: calls to the left of the strike, puts to the right, the verdict last."""

from collections.abc import Callable, Mapping, Sequence
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

_WIDTH, _TOP, _ROW, _FOOT = 1680, 240, 62, 76
_ROWS: Final = 15
_LAKH = 100_000
# What a column is called, how wide it is, and how its cell is written.
_SIDE: Final = (
    ("Theta", 78), ("Delta", 74), ("Price%", 84), ("OI %", 86), ("was", 86), ("Price", 92), ("OI was", 92), ("OI", 96),
)  # fmt: skip
_STRIKE_WIDTH, _VERDICT_WIDTH = 120, 162


def draw(header: Row, rows: Sequence[Row]) -> bytes:
    """Return the picture as PNG; a chain without strikes gives a page that says so."""
    shown = around_the_money(rows, header.get("atm_strike"), _ROWS)
    page = Page(_WIDTH, _TOP + _ROW * max(len(shown), 1) + _FOOT)
    _head(page, header)
    if not shown:
        page.write(_WIDTH / 2, _TOP + _ROW / 2, "no strikes", 34, FAINT, ha="center")
    edges = _edges()
    _names(page, edges)
    most = {side: max((row.get(f"{side}_oi") or 0 for row in shown), default=0) for side in ("ce", "pe")}
    walls = {side: _wall(rows, side) for side in ("ce", "pe")}
    for place, row in enumerate(shown):
        is_money = row["strike"] == header.get("atm_strike")
        _row(page, _TOP + place * _ROW, row, edges, (most, walls), is_money=is_money)
    _foot(page, header, f"{len(shown)} of {len(rows)} strikes", walls)
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


def _edges() -> list[tuple[float, float]]:
    """Return left edge and width of each of the 18 columns."""
    calls = [width for _, width in _SIDE]
    widths = [*calls, _STRIKE_WIDTH, *reversed(calls), _VERDICT_WIDTH]
    edges, x = [], (_WIDTH - sum(widths)) / 2
    for width in widths:
        edges.append((x, float(width)))
        x += width
    return edges


def _head(page: Page, header: Row) -> None:
    direction = str(header.get("direction") or "").replace("_", " ").lower()
    left = f"{header['index_name']} {day(header['expiry'])}   {number(header.get('spot'))}"
    below = (
        f"{header['time']:%d %b %H:%M}    PCR {number(header.get('pcr_oi'))}    max pain {strike(header.get('max_pain'))}    "
        f"straddle {number(header.get('straddle'), 1)}    ATM IV {number(header.get('atm_iv'), 1)}"
    )
    headline(page, left, direction, below, colour_of(direction))


def _names(page: Page, edges: Sequence[tuple[float, float]]) -> None:
    y = _TOP - 34
    calls = [name for name, _ in _SIDE]
    for place, (name, (x, width)) in enumerate(
        zip([*calls, "Strike", *reversed(calls), "Verdict"], edges, strict=True)
    ):
        colour = CALLS if place < 8 else MONEY if place == 8 else PUTS if place < 17 else FAINT
        page.write(x + width / 2, y, name, 23, colour, ha="center")
    page.write(edges[0][0] + 6, y - 40, "CALLS", 24, CALLS, weight="bold")
    page.write(edges[16][0] + edges[16][1], y - 40, "PUTS   OI in lakh", 24, PUTS, weight="bold", ha="right")


def _row(
    page: Page,
    top: float,
    row: Row,
    edges: Sequence[tuple[float, float]],
    scale: tuple[Mapping[str, int], Mapping[str, int | None]],
    *,
    is_money: bool,
) -> None:
    """Write one strike; `scale` holds each side's largest OI that is shown, and each side's wall."""
    most, walls = scale
    if is_money:
        page.boxes([(0, top, _WIDTH, _ROW - 2)], ["#3a2f0b"])
    page.boxes([(MARGIN / 2, top + _ROW - 2, _WIDTH - MARGIN, 1)], [GRID])
    for side, edge, colours in (
        ("ce", edges[7], (CALLS_DIM, "#c93c37")),
        ("pe", edges[9], (PUTS_DIM, "#2b9a4b")),
    ):
        colour = colours[row["strike"] == walls[side]]
        _bar(page, top, row.get(f"{side}_oi"), most[side], edge, colour, to_left=side == "ce")
    verdict = _short(row.get("verdict"))
    cells = [*_cells(row, "ce"), (str(row["strike"]), MONEY), *reversed(_cells(row, "pe"))]
    cells.append((verdict, colour_of(verdict)))
    for place, ((words, colour), (x, width)) in enumerate(zip(cells, edges, strict=True)):
        is_loud = place in {7, 8, 9, 17}
        page.write(
            x + width / 2, top + _ROW / 2 - 1, words, 29 if place == 8 else 26 if is_loud else 23, colour,
            ha="center", weight="bold" if is_loud else "normal",
        )  # fmt: skip


def _bar(
    page: Page,
    top: float,
    oi: int | None,
    most: int,
    edge: tuple[float, float],
    colour: str,
    *,
    to_left: bool,
) -> None:
    """Lay the OI's share of its side's largest behind the OI and the column beside it."""
    if not oi or not most:
        return
    x, width = edge
    length = oi / most * (width + 92)
    left = x + width - length if to_left else x
    page.boxes([(left, top + 6, length, _ROW - 14)], [colour])


def _cells(row: Row, side: str) -> list[tuple[str, str]]:
    """Return the eight cells of a side with their colours, as they stand for calls."""
    oi, ltp = row.get(f"{side}_oi"), row.get(f"{side}_ltp")
    oi_before = _before(oi, row.get(f"{side}_oi_change"))
    ltp_before = _before(ltp, row.get(f"{side}_ltp_change"))
    ltp_percent, oi_percent = row.get(f"{side}_ltp_percent_change"), row.get(f"{side}_oi_percent_change")
    return [
        (_fit(row.get(f"{side}_theta"), signed, 1), FAINT),
        (number(row.get(f"{side}_delta"), 2), FAINT),
        (_fit(ltp_percent, signed, 1), tint_of(ltp_percent)),
        (_fit(oi_percent, signed, 1), tint_of(oi_percent)),
        (_price(ltp_before), FAINT),
        (_price(ltp), INK),
        (_lakh(oi_before), FAINT),
        (_lakh(oi), INK),
    ]


def _before(value: float | None, change: float | None) -> float | None:
    return None if value is None or change is None else value - change


def _fit(value: float | None, written: Callable[[float | None, int], str], digits: int) -> str:
    """Write a value without its decimals where it would not fit."""
    return written(value, 0 if value is not None and abs(value) >= 100 else digits)


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


def _foot(page: Page, header: Row, count: str, walls: Mapping[str, int | None]) -> None:
    y = page.height - _FOOT / 2
    page.boxes([(0, page.height - _FOOT, page.width, _FOOT)], [RAISED])
    most = f"most OI: calls {strike(walls['ce'])}, puts {strike(walls['pe'])}"
    page.write(MARGIN, y, f"{most}     {count}, changes since the snapshot before", 26, FAINT)
    page.write(
        page.width - MARGIN, y, f"{header['time']:%H:%M} {header.get('state') or ''}", 26, FAINT, ha="right"
    )
