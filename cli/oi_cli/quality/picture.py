"""A certificate as a picture to pass on: dark, and legible on a phone. Slow to import (matplotlib)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from oi_cli.quality.certificate import Certificate, ChainCertificate
from oi_cli.quality.checks import CHECKS, named
from oi_cli.quality.words import headline
from oi_common.market.completeness import Kind
from oi_common.market.grades import Grade, score_said

# Pixels. The origin is at the top left, as one reads.
_WIDTH, _MARGIN, _DPI = 1080, 48, 160
_HEAD, _A_CHAIN, _LEGACY, _FOOT = 300, 284, 44, 150
_STRIP_HEIGHT, _STICKS_OUT = 64, 10
_PALETTE = 128

_GROUND, _INK, _FAINT, _RAISED = "#0d1117", "#f0f6fc", "#8b949e", "#161b22"
_COLOURS = {
    Kind.LIVE: "#2ea043",
    Kind.QUIET: "#1b5e2c",
    Kind.REPAIRED: "#58a6ff",
    Kind.UNSEALED: "#e3b341",
    Kind.MISSING: "#f85149",
    Kind.UNDERWAY: "#21262d",
}
_GRADES = {
    Grade.A_PLUS: "#3fb950",
    Grade.A: "#3fb950",
    Grade.B: "#58a6ff",
    Grade.C: "#e3b341",
    Grade.D: "#f0883e",
}


def draw(certificate: Certificate, file: Path) -> None:
    """Write the picture as PNG. Raises OSError when the file cannot be written."""
    page = _Page(_HEAD + _A_CHAIN * len(certificate.chains) + _LEGACY * len(certificate.legacy) + _FOOT)
    _head(page, certificate)
    top = _HEAD
    for chain in certificate.chains:
        _chain(page, top, chain)
        top += _A_CHAIN
    for legacy, rows in certificate.legacy:
        page.write(_MARGIN, top + 16, f"{named(legacy)}: {rows} legacy rows, not graded", 9, _FAINT)
        top += _LEGACY
    _foot(page, top, certificate)
    page.save(file)


class _Page:
    """A drawing surface measured in pixels."""

    def __init__(self, height: int) -> None:
        self._figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_GROUND)
        self._axes: Any = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, _WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def write(self, x: float, y: float, text: str, size: float, colour: str, **how: Any) -> None:
        """Write a text whose middle line is at `y`."""
        self._axes.text(x, y, text, size=size, color=colour, va="center", parse_math=False, **how)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        shape = "round,pad=0,rounding_size=18"
        self._axes.add_patch(FancyBboxPatch((x, y), width, height, shape, facecolor=colour, linewidth=0))

    def cells(self, boxes: Sequence[tuple[float, float, float, float]], colours: list[str]) -> None:
        """Fill rectangles (x, y, width, height), each in its colour."""
        patches = [Rectangle((x, y), width, height) for x, y, width, height in boxes]
        # Sharp edges: narrow cells keep their colour, and the file is half as large.
        filled = PatchCollection(patches, facecolors=colours, linewidths=0, antialiaseds=False)
        self._axes.add_collection(filled)

    def save(self, file: Path) -> None:
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        drawn = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        # So few colours need no more, and a small picture is passed on in a moment.
        drawn.convert("RGB").quantize(_PALETTE).save(file, format="PNG", optimize=True)


def _head(page: _Page, certificate: Certificate) -> None:
    day, _, graded_to = headline(certificate).partition(", ")
    page.write(_MARGIN, 62, "OI Monitor   completeness of the ledger", 9.5, _FAINT)
    page.write(_MARGIN, 116, day, 19, _INK, weight="bold")
    page.write(_MARGIN, 170, graded_to or "the whole session", 11, _FAINT)
    page.write(_MARGIN, 218, _in_one_line(certificate), 11, _INK)
    colour = _colour_of(certificate.grade)
    page.box(_WIDTH - _MARGIN - 220, 44, 220, 200, _RAISED)
    middle = _WIDTH - _MARGIN - 110
    page.write(middle, 122, certificate.grade or "-", 52, colour, weight="bold", ha="center")
    if certificate.score is not None:
        page.write(middle, 215, f"{score_said(certificate.score)} of 100", 10, _FAINT, ha="center")


def _in_one_line(certificate: Certificate) -> str:
    due = sum(len(chain.due) for chain in certificate.chains)
    missing = sum(chain.count(Kind.MISSING) for chain in certificate.chains)
    repaired = sum(chain.count(Kind.REPAIRED) for chain in certificate.chains)
    return f"{due:,} buckets:  {missing or 'none'} missing,  {repaired or 'none'} repaired"


def _chain(page: _Page, top: int, chain: ChainCertificate) -> None:
    page.write(_MARGIN, top + 26, named(chain.chain), 14, _INK, weight="bold")
    if chain.grade is not None and chain.score is not None:
        edge = _WIDTH - _MARGIN
        page.write(edge, top + 26, chain.grade, 17, _colour_of(chain.grade), weight="bold", ha="right")
        page.write(edge - 84, top + 28, score_said(chain.score), 10, _FAINT, ha="right")
    _strip(page, top + 60, chain)
    width = (_WIDTH - 2 * _MARGIN) / 5
    for place, (number, label, is_whole) in enumerate(_numbers(chain)):
        x = _MARGIN + place * width
        page.write(x, top + 190, number, 12, _INK if is_whole else _COLOURS[Kind.UNSEALED], weight="bold")
        page.write(x, top + 224, label, 8.5, _FAINT)


def _strip(page: _Page, top: int, chain: ChainCertificate) -> None:
    """Draw one cell per bucket; a missing one sticks out, so that it is seen without its colour."""
    if not chain.cells:
        return
    width = (_WIDTH - 2 * _MARGIN) / len(chain.cells)
    boxes, colours = [], []
    for place, cell in enumerate(chain.cells):
        out = _STICKS_OUT if cell.kind is Kind.MISSING else 0
        left, right = round(_MARGIN + place * width), round(_MARGIN + (place + 1) * width)
        boxes.append((left, top - out, max(right - left - 1, 1), _STRIP_HEIGHT + 2 * out))
        colours.append(_COLOURS[cell.kind])
        if cell.time.minute == 0:
            page.write(left, top + _STRIP_HEIGHT + 22, f"{cell.time:%H:%M}", 7.5, _FAINT, ha="center")
    page.cells(boxes, colours)


def _numbers(chain: ChainCertificate) -> Iterator[tuple[str, str, bool]]:
    """Yield what stands below a strip: the number, what it is of, and whether nothing is amiss."""
    due, (slots, missed), greeks = len(chain.due), chain.slots, chain.greeks
    with_iv = greeks.broker + greeks.model
    repaired = sum(gap.is_repaired for gap in chain.gaps)
    yield f"{chain.sealed}/{due}", "buckets sealed", chain.sealed == due
    yield f"{slots - missed}/{slots}", "polls", not missed
    yield f"{chain.merged}/{due}", "candles", chain.merged == due
    yield (f"{100 * with_iv // greeks.legs} %" if greeks.legs else "-"), "legs with an IV", True
    gaps = "gap" if len(chain.gaps) == 1 else "gaps"
    yield str(len(chain.gaps)), f"{gaps}, {repaired} repaired" if chain.gaps else gaps, not chain.gaps


def _foot(page: _Page, top: int, certificate: Certificate) -> None:
    x = float(_MARGIN)
    for kind, colour in _COLOURS.items():
        page.cells([(x, top + 24, 24, 24)], [colour])
        page.write(x + 34, top + 37, kind, 9, _FAINT)
        x += 34 + 12.3 * len(kind) + 42
    broken = len(certificate.faults)
    said = (
        f"{broken} faults found by {len(CHECKS)} checks"
        if broken
        else f"all {len(CHECKS)} checks of the tables hold"
    )
    page.write(_MARGIN, top + 98, said, 10, _COLOURS[Kind.MISSING] if broken else _INK)
    command = f"oi verify --day {certificate.day}"
    page.write(_WIDTH - _MARGIN, top + 98, command, 9, _FAINT, ha="right", family="monospace")


def _colour_of(grade: Grade | None) -> str:
    return _FAINT if grade is None else _GRADES.get(grade, _COLOURS[Kind.MISSING])
