"""Support and resistance from open interest: the strikes at which most has been written.

Support is where most put OI stands, resistance where most call OI stands, three strikes each.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.arrays import at, number
from oi_common.market.option_chain import Floats, OptionChain

Flags: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.intp]

WALLS: Final = 3


@dataclass(frozen=True, slots=True)
class Wall:
    """A strike (rupees) and the OI (units) that makes it a wall.

    `strength` is its share of all OI of its side, 0 to 1. `change` is the change of its OI, None when unknown;
    `is_fresh` says that it added OI, and fewer than three strikes of its side added more. `is_beyond` says that it stands
    on the wrong side of the money, None when the money is unknown.
    """

    strike: int
    oi: float
    strength: float
    change: float | None = None
    is_fresh: bool | None = None
    is_beyond: bool | None = None


@dataclass(frozen=True, slots=True)
class Walls:
    """Up to three walls of each side, the first one first.

    `put_inside_out` is the strike with the most put OI when it lies above the money, `call_inside_out` the one
    with the most call OI when it lies below; each is None otherwise. Writers that far on the wrong side are in
    trouble, or have sold outright, so it is a signal of its own.
    """

    support: tuple[Wall, ...] = ()
    resistance: tuple[Wall, ...] = ()
    put_inside_out: int | None = None
    call_inside_out: int | None = None


def walls(
    chain: OptionChain,
    call_change: Floats | None = None,
    put_change: Floats | None = None,
    atm: float | None = None,
) -> Walls:
    """Return support and resistance; changes of OI are arrays over the strikes, in units.

    How they are chosen: strikes at or below `atm` come first for support, those at or above it for resistance,
    each by OI, the most first; strikes beyond the money only fill up to three, marked `is_beyond`. Of equal OI
    the strike nearest the money wins, then (or without the money) the higher support and the lower
    resistance. A strike without OI is no wall; without `atm` all strikes count alike.

    Example: strikes 100, 110, 120, 130, put OI 50, 30, 10, 60, `atm` 110: support 100 (50 of 150: strength
    0.333), 110 (0.2), then 130 (0.4, is_beyond); `put_inside_out` is 130, since it holds the most.
    """
    support, of_puts = _side(chain.strikes, chain.puts.oi, put_change, number(atm), upwards=1.0)
    resistance, of_calls = _side(chain.strikes, chain.calls.oi, call_change, number(atm), upwards=-1.0)
    return Walls(support, resistance, of_puts, of_calls)


def _side(
    strikes: Floats, oi: Floats, change: Floats | None, money: float | None, *, upwards: float
) -> tuple[tuple[Wall, ...], int | None]:
    """Return a side's walls, and its greatest OI's strike if beyond; `upwards` points there: 1 puts, -1 calls."""
    is_beyond = np.zeros(len(strikes), dtype=np.bool_) if money is None else upwards * (strikes - money) > 0.0
    rows = _ranked(strikes, oi, money, is_beyond, upwards)
    changes = np.full(len(strikes), np.nan) if change is None else change
    is_large, of_side = _among_the_largest(changes), float(oi[rows].sum())
    found = tuple(
        Wall(
            strike=int(strikes[row]),
            oi=float(oi[row]),
            strength=float(oi[row]) / of_side,
            change=at(changes, row),
            is_fresh=None if at(changes, row) is None else bool(is_large[row]),
            is_beyond=None if money is None else bool(is_beyond[row]),
        )
        for row in rows[:WALLS].tolist()
    )
    return found, _inside_out(strikes, oi, rows, is_beyond)


def _ranked(strikes: Floats, oi: Floats, money: float | None, is_beyond: Flags, upwards: float) -> Rows:
    rows = np.flatnonzero(oi > 0.0)
    distance = np.zeros(len(strikes)) if money is None else np.abs(strikes - money)
    keys = (-upwards * strikes[rows], distance[rows], -oi[rows], is_beyond[rows])
    return rows[np.lexsort(keys)]


def _inside_out(strikes: Floats, oi: Floats, rows: Rows, is_beyond: Flags) -> int | None:
    own, others = rows[~is_beyond[rows]], rows[is_beyond[rows]]
    if not len(others) or (len(own) and oi[own[0]] >= oi[others[0]]):
        return None
    return int(strikes[others[0]])


def _among_the_largest(change: Floats) -> Flags:
    """Say which strikes are among the largest additions of a side."""
    added = np.sort(change[change > 0.0])
    return change >= added[-min(WALLS, len(added))] if len(added) else np.zeros(len(change), dtype=np.bool_)
