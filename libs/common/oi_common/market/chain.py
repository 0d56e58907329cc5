"""What a contract is within its chain, and which strike is at the money."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Side = Literal["CE", "PE"]


@dataclass(frozen=True, slots=True)
class Contract:
    """One side of one strike within a chain. The strike is in rupees."""

    strike: int
    side: Side


def at_the_money(strikes: Iterable[int], spot: float | None) -> int | None:
    """Return the listed strike nearest spot (the common display rule), the lower one on a tie."""
    if spot is None:
        return None
    return min(strikes, key=lambda strike: (abs(strike - spot), strike), default=None)
