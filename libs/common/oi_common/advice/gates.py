"""What stands against entering now: each gate has a name, and says what it saw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from oi_common.advice.evidence import leg_id
from oi_common.advice.policy import RulePolicy
from oi_common.advice.situation import Leg, Situation
from oi_common.market.chain import Side


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why nothing is entered; `evidence` are ids of the facts that say so."""

    because: str
    said: str
    evidence: tuple[str, ...] = ()


Gate: TypeAlias = Callable[[Situation, RulePolicy], Blocked | None]


def heading(it: Situation, policy: RulePolicy) -> int:
    """Return where the index goes: 1 up, -1 down, 0 nowhere or unknown."""
    moved = it.momentum.get(policy.heading_seconds)
    if policy.needs_momentum:
        return 0 if moved is None else _sign(moved)
    return _sign(it.degree or 0)


def side_of(towards: int) -> Side | None:
    """Return what an option buyer buys: calls going up, puts going down."""
    return {1: "CE", -1: "PE"}.get(towards)  # type: ignore[return-value] # the two literals


def wanted_leg(it: Situation, policy: RulePolicy) -> Leg | None:
    """Return the contract at the money that the heading asks for."""
    side = side_of(heading(it, policy))
    return it.at_the_money(side) if side else None


def ticks_are_fresh(it: Situation, policy: RulePolicy) -> Blocked | None:
    if it.spot is None or it.spot_age is None:
        return Blocked("no_spot", "Nothing is known of spot")
    if it.spot_age > policy.oldest_spot:
        return Blocked("stale_spot", f"Spot is {it.spot_age:.0f} s old", ("spot_age",))
    return None


def is_time_to_enter(it: Situation, policy: RulePolicy) -> Blocked | None:
    if it.minutes_since_open < policy.first_minutes:
        return Blocked("too_early", "The session has just opened", ("minutes_since_open",))
    if it.minutes_to_close < policy.last_minutes:
        return Blocked("too_late", "The session is about to close", ("minutes_to_close",))
    return None


def theta_leaves_time(it: Situation, policy: RulePolicy) -> Blocked | None:
    if it.days_to_expiry == 0 and it.minutes_to_close < policy.expiry_last_minutes:
        return Blocked("theta", "It is late on expiry day", ("days_to_expiry", "minutes_to_close"))
    return None


def book_is_fair(it: Situation, policy: RulePolicy) -> Blocked | None:
    """Judge the wanted contract at the money, or whichever of the two is there while nothing is wanted."""
    leg = wanted_leg(it, policy) or it.at_the_money("CE") or it.at_the_money("PE")
    if leg is None or leg.spread is None or leg.ask is None:
        return Blocked("no_book", "The contract at the money has no book")
    ids = (f"{leg_id(leg.contract)}.bid", f"{leg_id(leg.contract)}.ask")
    if leg.age is None or leg.age > policy.oldest_leg:
        return Blocked("stale_book", "The book at the money is old", ids)
    if leg.spread > policy.widest_spread:
        return Blocked("wide_spread", f"The spread at the money is {100 * leg.spread:.1f} %", ids)
    if leg.ask < policy.cheapest:
        return Blocked("premium_too_small", f"The premium is {leg.ask:.2f}", ids)
    return None


def index_moves(it: Situation, policy: RulePolicy) -> Blocked | None:
    name = f"momentum.{policy.heading_seconds}s"
    moved = it.momentum.get(policy.heading_seconds)
    if not policy.needs_momentum:
        return None
    if moved is None or it.spot is None:
        return Blocked("momentum_unknown", "The index has not been watched long enough")
    if abs(moved) < policy.least_move * it.spot:
        return Blocked("flat", f"The index moved {moved:+.1f} in {policy.heading_seconds} s", (name,))
    return None


def longer_move_agrees(it: Situation, policy: RulePolicy) -> Blocked | None:
    longer = it.momentum.get(policy.confirming_seconds)
    if longer is None or longer * heading(it, policy) >= 0:
        return None
    said = f"Over {policy.confirming_seconds} s the index moved {longer:+.1f}"
    return Blocked("momentum_mixed", said, (f"momentum.{policy.confirming_seconds}s",))


def snapshot_is_fresh(it: Situation, policy: RulePolicy) -> Blocked | None:
    if it.snapshot_age is None:
        return Blocked("no_snapshot", "No snapshot of the chain is known")
    if it.snapshot_age > policy.oldest_snapshot:
        return Blocked("stale_snapshot", f"The snapshot is {it.snapshot_age:.0f} s old", ("snapshot_age",))
    return None


def chain_agrees(it: Situation, policy: RulePolicy) -> Blocked | None:
    degree, confidence = it.degree, it.direction_confidence
    if degree is None or confidence is None:
        return Blocked("no_direction", "The chain says no direction")
    ids = ("direction", "confidence")
    if degree * heading(it, policy) < 0:
        return Blocked("against_direction", f"The chain says {it.measures['direction']}", ids)
    if abs(degree) < policy.least_degree:
        return Blocked("neutral", f"The chain says {it.measures['direction']}", ids)
    if confidence < policy.least_direction_confidence:
        return Blocked("low_confidence", f"The chain's confidence is {confidence:.0f}", ids)
    return None


def signal_agrees(it: Situation, policy: RulePolicy) -> Blocked | None:
    """Judge by the snapshot's own signal, and by the longest of its short windows that is known."""
    towards = heading(it, policy)
    if not policy.needs_signal or towards == 0:
        return None
    said = it.measures.get("trade_signal")
    if said != {1: "BUY", -1: "SELL"}[towards]:
        return Blocked("signal_differs", f"The signal says {said or 'nothing'}", ("trade_signal",))
    window = _longest_window(it.measures.get("timeframes"))
    if window is not None and {1: "bearish", -1: "bullish"}[towards] in window[1]:
        return Blocked("window_differs", f"The last {window[0]} read {window[1].replace('_', ' ')}")
    return None


def _longest_window(frames: object) -> tuple[str, str] | None:
    told = frames if isinstance(frames, Mapping) else {}
    directions = ((minutes, told.get(f"{minutes}m", {}).get("direction")) for minutes in (15, 6, 3))
    return next(((f"{minutes} minutes", str(said)) for minutes, said in directions if said), None)


def way_is_free(it: Situation, policy: RulePolicy) -> Blocked | None:
    towards = heading(it, policy)
    if it.spot is None or towards == 0:
        return None
    walls = it.resistances if towards > 0 else it.supports
    ahead = [
        wall for wall in walls[:1] if 0 <= (wall.strike - it.spot) * towards < policy.wall_distance * it.spot
    ]
    if not ahead:
        return None
    return Blocked(
        "wall_ahead", f"The wall at {ahead[0].strike} is near", (f"wall.{'r' if towards > 0 else 's'}1",)
    )


def premium_follows(it: Situation, policy: RulePolicy) -> Blocked | None:
    leg = wanted_leg(it, policy)
    moved = leg.moves.get(policy.heading_seconds) if leg else None
    if leg is None or moved is None or moved >= 0:
        return None
    ids = (f"{leg_id(leg.contract)}.move_{policy.heading_seconds}s",)
    return Blocked("premium_lags", f"The premium moved {moved:+.2f}", ids)


# Cheap and certain: with one of these shut nobody is asked, for nothing could be entered.
BEFORE_ASKING: Final[tuple[Gate, ...]] = (
    ticks_are_fresh,
    is_time_to_enter,
    theta_leaves_time,
    book_is_fair,
    index_moves,
)
BEFORE_ENTERING: Final[tuple[Gate, ...]] = (
    *BEFORE_ASKING,
    longer_move_agrees,
    snapshot_is_fresh,
    chain_agrees,
    signal_agrees,
    way_is_free,
    premium_follows,
)


def shut(gates: tuple[Gate, ...], it: Situation, policy: RulePolicy) -> tuple[Blocked, ...]:
    """Return what stands against entering, in the order of the gates."""
    return tuple(blocked for gate in gates if (blocked := gate(it, policy)) is not None)


def not_worth_asking(it: Situation, policy: RulePolicy) -> Blocked | None:
    """Return why no model is asked now; None when one may be. An open position is always worth it."""
    if it.position is not None:
        return ticks_are_fresh(it, policy)
    return next(iter(shut(BEFORE_ASKING, it, policy)), None)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
