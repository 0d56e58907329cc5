"""How contracts are cut: lots, strike steps, ticks."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from oi_common.market.rulebook.tables import Timelines, above_zero, text_of, timelines, whole

LOTS: Final = "lots.csv"
STEPS: Final = "strike_steps.csv"
TICKS: Final = "tick_sizes.csv"


def lot_size(index: str, expiry: date) -> int:
    """Return the lot of the contracts that end on `expiry`: a change applies by contract, not by trading day.

    Long-dated contracts change over on an evening of their own: before that day this is the lot they will have.
    """
    return lots().on(index, expiry)


def strike_step(index: str, on: date) -> Decimal:
    """Return how far apart the strikes near the money are."""
    return steps().on(index, on)


def tick_size(segment: str, on: date) -> Decimal:
    """Return the price step of a segment's options."""
    return ticks().on(segment, on)


@cache
def lots() -> Timelines[int]:
    """Return the lots; `effective_from` is the first expiry that has it."""
    return read_lots(text_of(LOTS))


@cache
def steps() -> Timelines[Decimal]:
    return timelines(STEPS, ("index",), {"step": above_zero}, lambda row: row["step"], text_of(STEPS))


@cache
def ticks() -> Timelines[Decimal]:
    return timelines(TICKS, ("segment",), {"tick": above_zero}, lambda row: row["tick"], text_of(TICKS))


def read_lots(text: str) -> Timelines[int]:
    """Read the table of lots; raises BadRulebook."""
    return timelines(LOTS, ("index",), {"lot": whole}, lambda row: row["lot"], text)
