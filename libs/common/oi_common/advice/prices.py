"""The prices of an entry: bought at the ask, with a stop below and a target above."""

from dataclasses import dataclass
from typing import Final

from oi_common.advice.policy import RulePolicy
from oi_common.advice.situation import Leg

_TICK: Final = 0.05


@dataclass(frozen=True, slots=True)
class EntryPrices:
    """Always stop_loss < bid and stop_loss < entry < target."""

    entry: float
    stop_loss: float
    target: float


def entry_prices(leg: Leg, policy: RulePolicy) -> EntryPrices | None:
    """Return the prices at which a leg would be bought; None without a book that leaves room for a stop."""
    if leg.bid is None or leg.ask is None or not leg.has_book:
        return None
    distance = max(policy.stop_share * leg.ask, policy.spreads_in_stop * (leg.ask - leg.bid))
    stop_loss = on_tick(leg.ask - distance)
    if not _TICK / 2 < stop_loss < leg.bid:
        return None
    return EntryPrices(leg.ask, stop_loss, max(on_tick(leg.ask + policy.reward * distance), leg.ask + _TICK))


def on_tick(price: float) -> float:
    """Return the nearest price that an exchange takes."""
    return round(round(price / _TICK) * _TICK, 2)
