"""By which rules paper is traded: frozen policy, built from the settings."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares are of one, `trail_after` and `trail_by` multiples of the risk: entry price less the decided stop.

    None switches off: `hold` the time exit, `square_off` the exit before the close, `trail_by` the trailing.
    """

    lots: int = 1
    max_positions: int = 1
    capital: Decimal = Decimal(100_000)
    slippage: Decimal = Decimal("0.1")
    penalty: Decimal = Decimal("0.005")
    trail_after: Decimal = Decimal(1)
    trail_by: Decimal | None = Decimal(1)
    hold: timedelta | None = timedelta(minutes=60)
    square_off: timedelta | None = timedelta(minutes=10)
    decision_age: timedelta = timedelta(seconds=30)
    quote_age: timedelta = timedelta(seconds=15)
    brokerage: Decimal | None = None
