"""What to do with an open position: leave it, or hold it with which stop."""

from oi_common.advice.evidence import leg_id
from oi_common.advice.gates import ticks_are_fresh
from oi_common.advice.policy import RulePolicy
from oi_common.advice.prices import on_tick
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Leg, Position, Situation


def coached(it: Situation, position: Position, policy: RulePolicy) -> Ruling:
    """Return HOLD or EXIT for the open position; without a price only the clock can end it."""
    leg = it.leg(position.contract)
    bid = leg.bid if leg else None
    if it.minutes_to_close < policy.exit_minutes:
        return _leave(position, bid, "close_near", "The session is about to close", "minutes_to_close")
    if leg is None or bid is None or bid <= 0 or ticks_are_fresh(it, policy) is not None:
        return _hold(position, position.stop_loss, "no_price", "Its price is not known now")
    return _by_price(it, position, leg, bid, policy)


def _by_price(it: Situation, position: Position, leg: Leg, bid: float, policy: RulePolicy) -> Ruling:
    at = f"{leg_id(leg.contract)}.bid"
    if bid <= position.stop_loss:
        return _leave(position, bid, "stop_hit", "The bid is at the stop", at)
    if bid >= position.target:
        return _leave(position, bid, "target_hit", "The bid is at the target", at)
    if _is_turned(it, position, policy):
        who = "Index and chain go" if policy.needs_momentum else "The chain goes"
        return _leave(position, bid, "turned", f"{who} the other way", "direction")
    if position.held_minutes >= policy.longest_hold and bid <= position.entry:
        return _leave(position, bid, "held_too_long", "It went nowhere", "position.held_minutes")
    stop_loss = trailed(position, bid, policy)
    because = "trail" if stop_loss > position.stop_loss else "hold"
    return _hold(position, stop_loss, because, "Neither stop nor target is reached", at)


def trailed(position: Position, bid: float, policy: RulePolicy) -> float:
    """Return the stop to hold with; it never falls, and stays below the bid."""
    risked = position.entry - position.stop_loss
    best = max(bid, position.best or bid)
    if risked <= 0 or best < position.entry + policy.trail_after * risked:
        return position.stop_loss
    wanted = on_tick(max(position.entry, best - policy.trail_by * risked))
    return wanted if position.stop_loss < wanted < bid else position.stop_loss


def _is_turned(it: Situation, position: Position, policy: RulePolicy) -> bool:
    towards = 1 if position.contract.side == "CE" else -1
    longer = it.momentum.get(policy.confirming_seconds)
    against_chain = (it.degree or 0) * towards <= -policy.least_degree
    if not policy.needs_momentum:
        return against_chain
    return against_chain and longer is not None and longer * towards < 0


def _leave(position: Position, bid: float | None, because: str, said: str, fact: str) -> Ruling:
    return Ruling(
        "EXIT",
        because,
        said,
        position.contract,
        entry=bid,
        confidence=90.0,
        evidence=(fact, "position.entry"),
    )


def _hold(position: Position, stop_loss: float, because: str, said: str, *facts: str) -> Ruling:
    return Ruling(
        "HOLD",
        because,
        said,
        position.contract,
        entry=position.entry,
        stop_loss=stop_loss,
        target=position.target,
        confidence=60.0,
        evidence=(*facts, "position.entry"),
    )
