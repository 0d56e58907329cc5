"""The rule engine: an option buyer's decisions from structured facts. The same situation gives the same ruling."""

from oi_common.advice.coaching import coached
from oi_common.advice.evidence import leg_id
from oi_common.advice.gates import BEFORE_ENTERING, shut, wanted_leg
from oi_common.advice.policy import DEFAULT_RULES, RulePolicy
from oi_common.advice.prices import EntryPrices, entry_prices
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Leg, Situation


def rule(it: Situation, policy: RulePolicy = DEFAULT_RULES) -> Ruling:
    """Return what the rules decide: coach an open position, else enter when every gate is open, else wait."""
    if it.position is not None:
        return coached(it, it.position, policy)
    if blocked := shut(BEFORE_ENTERING, it, policy):
        also = f" (also: {', '.join(each.because for each in blocked[1:])})" if len(blocked) > 1 else ""
        return Ruling("WAIT", blocked[0].because, blocked[0].said + also, evidence=blocked[0].evidence)
    leg = wanted_leg(it, policy)
    prices = entry_prices(leg, policy) if leg else None
    if leg is None or prices is None:
        return Ruling("WAIT", "no_room", "The book leaves no room for a stop")
    return _entered(it, leg, prices, policy)


def _entered(it: Situation, leg: Leg, prices: EntryPrices, policy: RulePolicy) -> Ruling:
    moved = it.momentum.get(policy.heading_seconds)
    told = (
        f"The index moved {moved:+.1f} in {policy.heading_seconds} s"
        if moved is not None
        else "The chain turned"
    )
    return Ruling(
        "ENTER",
        "aligned",
        f"{told}, the chain says {it.measures['direction']}, and no gate is shut",
        leg.contract,
        prices.entry,
        prices.stop_loss,
        prices.target,
        confidence(it, policy),
        (
            *((f"momentum.{policy.heading_seconds}s",) if moved is not None else ()),
            "direction",
            "confidence",
            f"{leg_id(leg.contract)}.ask",
        ),
    )


def confidence(it: Situation, policy: RulePolicy) -> float:
    """Return 50 to 95: 25 for the chain's own confidence, 10 for each further least move, at most 20."""
    moved = abs(it.momentum.get(policy.heading_seconds, 0.0))
    least = policy.least_move * (it.spot or 0.0)
    strength = min(20.0, 10.0 * (moved / least - 1)) if least > 0 and moved >= least else 0.0
    share = min(100.0, max(0.0, it.direction_confidence or 0.0)) / 100
    return round(50.0 + 25.0 * share + strength, 1)
