"""Measures of one option chain: PCR, max pain, the strike at the money, the straddle."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Side = Literal["CE", "PE"]


@dataclass(frozen=True, slots=True)
class Contract:
    """One side of one strike within a chain. The strike is in rupees."""

    strike: int
    side: Side


def put_call_ratio(puts: Iterable[int | None], calls: Iterable[int | None]) -> float | None:
    """Return the sum over puts by the sum over calls; None when a side is unknown or the calls sum to zero."""
    of_puts = [value for value in puts if value is not None]
    of_calls = sum(value for value in calls if value is not None)
    return sum(of_puts) / of_calls if of_puts and of_calls > 0 else None


def max_pain(oi: Mapping[Contract, int | None], spot: float | None = None) -> int | None:
    """Return the listed strike at which option holders are paid least, None for an empty chain.

    A tie goes to the strike nearest `spot`, without one to the lowest.
    """
    held = {contract: value for contract, value in oi.items() if value}
    strikes = sorted({contract.strike for contract in oi})
    if not held:
        return None

    def pain(at: int) -> int:
        return sum(value * _intrinsic(contract, at) for contract, value in held.items())

    return min(strikes, key=lambda strike: (pain(strike), abs(strike - spot) if spot else 0, strike))


def at_the_money(strikes: Iterable[int], spot: float | None) -> int | None:
    """Return the listed strike nearest spot (the common display rule), the lower one on a tie."""
    if spot is None:
        return None
    return min(strikes, key=lambda strike: (abs(strike - spot), strike), default=None)


def _intrinsic(contract: Contract, at: int) -> int:
    gap = at - contract.strike if contract.side == "CE" else contract.strike - at
    return max(0, gap)
