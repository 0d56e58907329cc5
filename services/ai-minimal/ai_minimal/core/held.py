"""The open paper position, as the one-second loop coaches it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from oi_common.advice.positions import levels_of
from oi_common.advice.situation import Position
from oi_common.market.buckets import from_utc_naive
from oi_common.market.chain import Contract


@dataclass(frozen=True, slots=True)
class Held:
    """What was bought, when, and how good its bid has been since."""

    trade_id: str
    expiry: date
    contract: Contract
    quantity: int
    entered_at: datetime
    entry: float
    stop_loss: float
    target: float
    best: float | None = None

    def seeing(self, bid: float | None) -> "Held":
        """Return the position after a bid was seen."""
        if bid is None or (self.best is not None and bid <= self.best):
            return self
        return replace(self, best=bid)

    def at(self, moment: datetime) -> Position:
        held = max(0.0, (moment - self.entered_at).total_seconds() / 60)
        return Position(
            self.contract, self.quantity, self.entry, self.stop_loss, self.target, held, self.best
        )


def held_of(row: Mapping[str, Any]) -> Held:
    """Return the position of a row of `paper_positions`."""
    stop_loss, target = levels_of(row)
    return Held(
        trade_id=row["trade_id"],
        expiry=row["expiry"],
        contract=Contract(row["strike"], row["side"]),
        quantity=row["quantity"],
        entered_at=from_utc_naive(row["entered_at"]),
        entry=float(row["entry_price"]),
        stop_loss=stop_loss,
        target=target,
    )
