"""How complete a day is: one cell for each bucket of each chain."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from notifier.adapters.drawing.page import FAINT, INK, MARGIN, PUTS, Page, headline
from notifier.core.numbers import DASH, day
from notifier.core.quality import KINDS, ChainDay

_WIDTH, _TOP, _A_CHAIN, _FOOT = 1080, 180, 230, 110
_STRIP, _OUT = 70, 10
_COLOURS: Final[Mapping[str, str]] = {
    "live": "#2ea043", "quiet": "#1b5e2c", "repaired": "#58a6ff", "open": "#e3b341", "missing": "#f85149",
}  # fmt: skip


def draw(on: date, chains: Sequence[ChainDay]) -> bytes:
    page = Page(_WIDTH, _TOP + _A_CHAIN * max(len(chains), 1) + _FOOT)
    missing = sum(chain.count("missing") for chain in chains)
    total = sum(len(chain.cells) for chain in chains)
    seen = f"{100 * (total - missing) / total:.1f} %" if total else DASH
    said = f"{total:,} buckets   {missing or 'none'} missing   {sum(c.count('repaired') for c in chains) or 'none'} repaired"
    headline(page, f"Data of {on:%d %b %Y}", seen, said, _COLOURS["missing"] if missing else PUTS)
    for place, chain in enumerate(chains):
        _chain(page, _TOP + place * _A_CHAIN, chain)
    _legend(page)
    return page.png()


def _chain(page: Page, top: float, chain: ChainDay) -> None:
    page.write(MARGIN, top + 26, f"{chain.index_name} {day(chain.expiry)}", 34, INK, weight="bold")
    polls = f"{chain.polls} of {chain.polls_expected} polls   {len(chain.cells) - chain.count('missing')}/{len(chain.cells)} buckets"
    page.write(_WIDTH - MARGIN, top + 26, polls, 26, FAINT, ha="right")
    width = (_WIDTH - 2 * MARGIN) / max(len(chain.cells), 1)
    boxes, colours = [], []
    for place, (time, kind) in enumerate(chain.cells):
        out = _OUT if kind == "missing" else 0
        left = round(MARGIN + place * width)
        right = round(MARGIN + (place + 1) * width)
        boxes.append((left, top + 70 - out, max(right - left - 1, 1), _STRIP + 2 * out))
        colours.append(_COLOURS[kind])
        if time.minute == 0:
            page.write(left, top + 70 + _STRIP + 24, f"{time:%H}", 24, FAINT, ha="center")
    page.boxes(boxes, colours)


def _legend(page: Page) -> None:
    x: Any = float(MARGIN)
    for kind in KINDS:
        page.boxes([(x, page.height - _FOOT / 2 - 14, 28, 28)], [_COLOURS[kind]])
        page.write(x + 40, page.height - _FOOT / 2, kind, 26, FAINT)
        x += 40 + 17 * len(kind) + 36
