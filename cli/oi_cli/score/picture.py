"""A scorecard as a picture to pass on: dark, and legible on a phone. Slow to import (matplotlib)."""

from pathlib import Path
from typing import Any, Final

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from oi_cli.score.card import Card, Line, Profile
from oi_cli.score.page import CHART, FAINT, INK, MARGIN, WIDTH, Page
from oi_cli.score.statistics import ENOUGH_BLOCKS, ENOUGH_CASES
from oi_cli.score.words import NOT_ENOUGH, billed, headline, horizon_said, known_said, percent, rupees

# Pixels.
_HEAD, _A_LINE, _GAP, _A_BILL, _FOOT = 190, 46, 84, 64, 150
_BINS_SHOWN: Final = 50
_DAY: Final = 86_400.0

_ENGINES = {"llm": "#58a6ff", "rules": "#3fb950", "coin_flip": "#e3b341", "always_wait": FAINT}
_GOOD, _BAD = "#3fb950", "#f85149"
_COLUMNS = ((0, "left"), (490, "right"), (706, "right"), (984, "right"))


def draw(card: Card, file: Path) -> None:
    """Write the picture as PNG. Raises OSError when the file cannot be written."""
    lines = [line for line in card.lines if line.horizon == card.horizon]
    table = _HEAD + _A_LINE * (len(lines) + 1)
    height = table + 2 * (_GAP + CHART) + _FOOT + _A_BILL * len(card.bills)
    page = Page(height)
    _head(page, card)
    _table(page, lines)
    _equity(page, table + _GAP, card)
    _calibration(page, table + 2 * _GAP + CHART, card)
    _foot(page, height, card)
    page.save(file)


def _head(page: Page, card: Card) -> None:
    page.write(MARGIN, 56, "OI Monitor   what the decisions were worth", 9.5, FAINT)
    page.write(MARGIN, 108, headline(card), 17, INK, weight="bold")
    said = f"{horizon_said(card.horizon)}: one lot, bought at the ask, sold at the bid, after all charges"
    page.write(MARGIN, 156, said, 9, FAINT)


def _table(page: Page, lines: list[Line]) -> None:
    titles = ("", "known entries", "hit rate, 95 %", "net per entry, rupees, 95 %")
    for (x, side), title in zip(_COLUMNS, titles, strict=True):
        page.write(MARGIN + x, _HEAD + 22, title, 8, FAINT, ha=side)
    for place, line in enumerate(lines, start=1):
        y = _HEAD + 22 + place * _A_LINE
        for (x, side), (text, colour) in zip(_COLUMNS, _cells(line), strict=True):
            page.write(MARGIN + x, y, text, 9.5, colour, ha=side)


def _cells(line: Line) -> tuple[tuple[str, str], ...]:
    found, name = line.figures, f"{line.loop}  {_spaced(line.engine)}"
    who = (name, _ENGINES.get(line.engine, INK))
    if not found.entered:
        return who, (f"{line.decisions} decisions", FAINT), ("none entered", FAINT), ("0", FAINT)
    count = (known_said(found), INK)
    if found.hit_rate is None or found.net_each is None:
        return who, count, (f"{found.hits} of {found.known}", FAINT), (NOT_ENOUGH, FAINT)
    net = found.net_each
    colour = _GOOD if net.low > 0 else _BAD if net.high < 0 else INK
    return who, count, (percent(found.hit_rate), INK), (rupees(net), colour)


def _equity(page: Page, top: int, card: Card) -> None:
    axes = page.chart(top, "Net so far, rupees")
    entered = [profile for profile in card.profiles if profile.equity[0]]
    days = sorted({int(at // _DAY) for profile in entered for at in profile.equity[0]})
    hours = [at % _DAY for profile in entered for at in profile.equity[0]]
    begins, length = (min(hours), max(max(hours) - min(hours), 60.0)) if hours else (0.0, 1.0)
    axes.axhline(0, color=FAINT, linewidth=1.2, linestyle=(0, (2, 2)), label="always wait")
    for profile in entered:
        times, rupees_so_far = profile.equity
        # Nights are left out: days stand side by side.
        x = [days.index(int(at // _DAY)) + (at % _DAY - begins) / length for at in times]
        axes.plot(
            (0.0, *x), (0.0, *rupees_so_far), drawstyle="steps-post", label=_who(profile), **_style(profile)
        )
    axes.set_xlim(0, max(len(days), 1))
    _label_days(axes, card, days, begins, length)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _legend(axes, 4)


def _label_days(axes: Any, card: Card, days: list[int], begins: float, length: float) -> None:
    if len(days) <= 1:
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _clock(begins + x * length)))
        return
    shown = list(range(0, len(days), max(1, len(days) // 8)))
    first = card.first.toordinal()
    axes.xaxis.set_major_locator(FixedLocator(shown))
    named = {place: f"{card.first.fromordinal(first + days[place]):%d %b}" for place in shown}
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: named.get(round(x), "")))


def _calibration(page: Page, top: int, card: Card) -> None:
    """Draw a panel for each loop: in one the points of both would lie upon one another."""
    loops = sorted({profile.loop for profile in card.profiles})
    lowest = min((each.low for profile in card.profiles for each in profile.bins if each.hit_rate), default=0)
    for place, loop in enumerate(loops):
        title = "Confidence said, and how often it was a hit (95 %)" if place == 0 else ""
        axes = page.chart(top, title, place, len(loops))
        axes.plot(
            (0, 100), (0, 100), color=FAINT, linewidth=1.2, linestyle=(0, (2, 2)), label="as it should be"
        )
        drawn = [_points(axes, profile) for profile in card.profiles if profile.loop == loop]
        axes.set_xlim(40 if lowest >= _BINS_SHOWN else 0, 100)
        axes.set_ylim(0, 100)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} %"))
        if not any(drawn):
            axes.text(
                0.5,
                0.5,
                NOT_ENOUGH,
                color=FAINT,
                size=12,
                ha="center",
                va="center",
                transform=axes.transAxes,
            )
        _legend(axes, 2)


def _points(axes: Any, profile: Profile) -> bool:
    """Draw an engine's bins with how many entries each has; say whether there is one with enough."""
    rates = [(each, each.hit_rate) for each in profile.bins if each.hit_rate is not None]
    if not rates:
        return False
    # A little apart, for all engines say about the same in a bin.
    aside = 1.3 * (list(_ENGINES).index(profile.engine) - 1) if profile.engine in _ENGINES else 0.0
    x = [(each.confidence or 0.0) + aside for each, _ in rates]
    y = [100 * rate.value for _, rate in rates]
    low = [100 * (rate.value - rate.low) for _, rate in rates]
    high = [100 * (rate.high - rate.value) for _, rate in rates]
    style = _style(profile) | {"linestyle": "-"}
    axes.errorbar(x, y, yerr=(low, high), capsize=3, marker="o", markersize=4, label=_who(profile), **style)
    for (each, _), at, top in zip(rates, x, [a + b for a, b in zip(y, high, strict=True)], strict=True):
        axes.text(at, top + 2, str(each.known), size=6, color=style["color"], ha="center")
    return True


def _foot(page: Page, height: int, card: Card) -> None:
    y = height - _FOOT - _A_BILL * len(card.bills) + 30
    for bill in card.bills:
        paid, _, came_to = billed(bill).partition("; ")
        page.write(MARGIN, y, paid, 8.5, INK)
        page.write(MARGIN, y + 26, came_to, 8, FAINT)
        y += _A_BILL
    said = f"Rates from {ENOUGH_CASES} entries in {ENOUGH_BLOCKS} half hours on; a half hour counts as one observation."
    page.write(MARGIN, y + 10, said, 8, FAINT)
    page.write(MARGIN, y + 42, "What was so is no promise.", 8, FAINT)
    page.write(WIDTH - MARGIN, y + 42, "oi score", 8.5, FAINT, ha="right", family="monospace")


def _legend(axes: Any, columns: int) -> None:
    legend = axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.08),
        ncol=columns,
        fontsize=7,
        frameon=False,
        handlelength=2.4,
    )
    for text in legend.get_texts():
        text.set_color(INK)


def _style(profile: Profile) -> dict[str, Any]:
    """Tell engines apart by colour and loops by line, so that neither needs the other."""
    colour = _ENGINES.get(profile.engine, INK)
    return {
        "color": colour,
        "linewidth": 1.6,
        "linestyle": "-" if profile.loop == "minimal" else (0, (5, 2)),
    }


def _who(profile: Profile) -> str:
    return f"{profile.loop} {_spaced(profile.engine)}"


def _spaced(engine: str) -> str:
    return engine.replace("_", " ")


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
