"""What is watched: the names that are given for a segment, or its usual ones."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from oi_common.market.underlyings import COMMODITIES, INDICES, Segment

USUAL: Final[Mapping[Segment, tuple[str, ...]]] = {
    "NFO": ("NIFTY", "BANKNIFTY"),
    "BFO": ("SENSEX", "BANKEX"),
    "NSE": ("NIFTY", "BANKNIFTY"),
}
USUAL_COMMODITY: Final = "SILVERMIC"
_A_NAME: Final = re.compile(r"[A-Z0-9_&-]{1,20}")
_MISSPELLED: Final = 0.8  # so like an index's name that no share's is meant


def watched(segment: Segment, names: tuple[str, ...], commodity: str) -> tuple[str, ...]:
    """Return the underlyings of a segment, each once: of MCX the commodity, else the names or the usual indices.

    Raises ValueError for a name that can be none. Whether a share of that name has options, the master says.
    """
    if segment == "MCX":
        return (commodity,)
    for name in names:
        _check(name)
    return tuple(dict.fromkeys(names or USUAL[segment]))


def known_commodity(name: str) -> str:
    """Return the name as the broker writes it. Raises ValueError, offering the nearest names."""
    name = name.strip().upper()
    if name not in COMMODITIES:
        nearest = get_close_matches(name, sorted(COMMODITIES), n=3, cutoff=0.5) or sorted(COMMODITIES)
        raise ValueError(f"{name} is not a commodity we know; choose from {', '.join(nearest)}")
    return name


def _check(name: str) -> None:
    if name in COMMODITIES:
        raise ValueError(f"{name} is a commodity: set FEED_SEGMENT=MCX and MCX_NAME={name}")
    is_misspelled = name not in INDICES and get_close_matches(name, INDICES, n=1, cutoff=_MISSPELLED)
    if is_misspelled or not _A_NAME.fullmatch(name):
        raise ValueError(f"{name} is not an index we know; choose from {', '.join(sorted(INDICES))}")
