"""How complete a day is: one cell for each bucket of each chain, and the grade."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from notifier.adapters.drawing.page import FAINT, GONE, INK, MARGIN, PUTS, Page, headline
from notifier.core.numbers import DASH, day
from notifier.core.quality import ChainDay, grade_of_all, graded
from oi_common.market.completeness import Kind
from oi_common.market.grades import Grade

_WIDTH, _TOP, _A_CHAIN, _FOOT = 1080, 190, 236, 110
_STRIP, _STRIP_TOP, _OUT = 84, 66, 12
COLOURS: Final[Mapping[Kind, str]] = {
    Kind.LIVE: "#2ea043", Kind.QUIET: "#1b5e2c", Kind.REPAIRED: "#58a6ff", Kind.UNSEALED: "#e3b341",
    Kind.MISSING: "#f85149", Kind.UNDERWAY: GONE,
}  # fmt: skip
_GOOD: Final = Grade.A


def draw(on: date, chains: Sequence[ChainDay]) -> bytes:
    page = Page(_WIDTH, _TOP + _A_CHAIN * max(len(chains), 1) + _FOOT)
    missing = sum(chain.count(Kind.MISSING) for chain in chains)
    repaired = sum(chain.count(Kind.REPAIRED) for chain in chains)
    due = sum(len(chain.due) for chain in chains)
    said = f"{due:,} buckets   {missing or 'none'} missing   {repaired or 'none'} repaired"
    grade = grade_of_all(chains)
    headline(page, f"Data of {on:%d %b %Y}", grade or DASH, said, _colour_of(grade))
    for place, chain in enumerate(chains):
        _chain(page, _TOP + place * _A_CHAIN, chain)
    _legend(page)
    return page.png()


def _chain(page: Page, top: float, chain: ChainDay) -> None:
    slots, seen = chain.polls
    page.write(MARGIN, top + 26, f"{chain.index_name} {day(chain.expiry)}", 36, INK, weight="bold")
    right = _WIDTH - MARGIN
    page.write(right - 196, top + 26, f"{seen:,} of {slots:,} polls", 29, FAINT, ha="right")
    page.write(right, top + 26, graded(chain), 34, _colour_of(chain.grade), weight="bold", ha="right")
    width = (_WIDTH - 2 * MARGIN) / max(len(chain.cells), 1)
    boxes, colours = [], []
    for place, cell in enumerate(chain.cells):
        # A missing one sticks out, so that it is seen without its colour.
        out = _OUT if cell.kind is Kind.MISSING else 0
        left = round(MARGIN + place * width)
        ends = round(MARGIN + (place + 1) * width)
        boxes.append((left, top + _STRIP_TOP - out, max(ends - left - 1, 1), _STRIP + 2 * out))
        colours.append(COLOURS[cell.kind])
        if cell.time.minute == 0:
            page.write(left, top + _STRIP_TOP + _STRIP + 28, f"{cell.time:%H}", 28, FAINT, ha="center")
    page.boxes(boxes, colours)


def _colour_of(grade: Grade | None) -> str:
    if grade is None:
        return FAINT
    return PUTS if grade.is_at_least(_GOOD) else COLOURS[Kind.MISSING]


def _legend(page: Page) -> None:
    x = float(MARGIN)
    for kind, colour in COLOURS.items():
        page.boxes([(x, page.height - _FOOT / 2 - 15, 30, 30)], [colour])
        page.write(x + 38, page.height - _FOOT / 2, kind, 25, FAINT)
        x += 38 + 14 * len(kind) + 22
