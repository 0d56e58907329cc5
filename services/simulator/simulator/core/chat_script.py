"""What the simulated model says: something sensible, made of nothing but the facts in the prompt."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

_LEAST_MOVE: Final = 0.00025  # of spot
_AGE: Final = timedelta(minutes=5)
_TICK: Final = 0.05
_CHEAPEST: Final = 5.0  # rupees; a stop below needs room
_STOP_SHARE: Final = 0.85
_TARGET_SHARE: Final = 1.3
_PLAIN: Final = {"BULLISH": 1, "STRONGLY_BULLISH": 1, "BEARISH": -1, "STRONGLY_BEARISH": -1}
_SIGNALS: Final = {"BUY": 1, "SELL": -1}
_SIDES: Final = {1: "CE", -1: "PE"}

Facts = Mapping[str, Any]


def scripted(prompt: Mapping[str, Any], *, is_rich: bool) -> dict[str, Any]:
    """Return the answer to a prompt's `as_of` and `facts`; the same prompt has the same answer."""
    facts = prompt.get("facts")
    facts = facts if isinstance(facts, Mapping) else {}
    entered = _by_chain if is_rich else _by_momentum
    answer = _coached(facts) or entered(facts) or _waiting(facts)
    answer["as_of"] = str(prompt.get("as_of", ""))
    return answer | _rich(facts) if is_rich else answer


def outdated(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """Return the prompt as it may have been five minutes ago, all prices a fifth lower."""
    facts = prompt.get("facts")
    old = {
        name: value * 0.8 if name.startswith("leg.") and isinstance(value, float) else value
        for name, value in (facts.items() if isinstance(facts, Mapping) else ())
    }
    return {"as_of": _earlier(str(prompt.get("as_of", ""))), "facts": old}


def with_invented_strike(answer: Mapping[str, Any], prompt: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry at a strike that nobody lists."""
    facts = prompt.get("facts")
    strikes = facts.get("strikes") if isinstance(facts, Mapping) else None
    highest = max(strikes) if isinstance(strikes, list) and strikes else 10_000
    entry = {"side": "CE", "strike": int(highest) + 7, "entry": 100.0, "stop_loss": 85.0, "target": 130.0}
    return {**answer, **entry, "decision": "ENTER", "reason": "A strike just above", "evidence": ["spot"]}


def _coached(facts: Facts) -> dict[str, Any] | None:
    """Leave an open position when the chain plainly reads the other way, else hold it."""
    if "position.strike" not in facts:
        return None
    direction, side = facts.get("direction"), facts.get("position.side")
    if side is not None and _SIDES.get(-_PLAIN.get(str(direction), 0)) == side:
        reason = f"The chain reads {direction}, against the {side} that is held"
        return _answer("EXIT", reason, 65.0, ["position.side", "direction"])
    return _answer("HOLD", "The position stays open", 60.0, ["position.strike"])


def _by_momentum(facts: Facts) -> dict[str, Any] | None:
    """Enter with an index that moves, unless the chain plainly reads the other way."""
    moved, spot = facts.get("momentum.12s"), facts.get("spot")
    if moved is None or spot is None or abs(moved) < _LEAST_MOVE * spot:
        return None
    towards = 1 if moved > 0 else -1
    if _PLAIN.get(str(facts.get("direction")), towards) != towards:
        return None
    return _entry(facts, towards, f"Spot {spot} moved {moved} over 12 seconds", ["spot", "momentum.12s"])


def _by_chain(facts: Facts) -> dict[str, Any] | None:
    """Enter with a chain that plainly reads one way, where its signal says so, too."""
    direction, signal = str(facts.get("direction")), str(facts.get("trade_signal"))
    towards = _PLAIN.get(direction, 0)
    if towards == 0 or _SIGNALS.get(signal) != towards or "spot" not in facts:
        return None
    said = f"The chain reads {direction} and its signal says {signal}"
    return _entry(facts, towards, said, ["direction", "trade_signal", "spot"])


def _entry(facts: Facts, towards: int, said: str, evidence: list[str]) -> dict[str, Any] | None:
    """Buy at the money, at the ask; None where there is no book that leaves room for a stop."""
    side, spot = _SIDES[towards], facts["spot"]
    strike = min(facts.get("strikes") or [], key=lambda each: abs(each - spot), default=None)
    bid, ask = (facts.get(f"leg.{strike}{side}.{name}") for name in ("bid", "ask"))
    if bid is None or ask is None or not bid <= ask or ask < _CHEAPEST:
        return None
    prices = {
        "side": side,
        "strike": strike,
        "entry": ask,
        "stop_loss": _on_tick(min(_STOP_SHARE * ask, bid - _TICK)),
        "target": _on_tick(_TARGET_SHARE * ask),
    }
    reason = f"{said}; {strike} {side} asks {ask}"
    return _answer("ENTER", reason, 62.0, [*evidence, f"leg.{strike}{side}.ask"]) | prices


def _waiting(facts: Facts) -> dict[str, Any]:
    cited = "spot" if "spot" in facts else next(iter(facts), "")
    return _answer("WAIT", "Nothing speaks for a trade now", 55.0, [cited])


def _answer(decision: str, reason: str, confidence: float, evidence: list[str]) -> dict[str, Any]:
    nothing = dict.fromkeys(("side", "strike", "entry", "stop_loss", "target"))
    return {
        "decision": decision,
        **nothing,
        "confidence": confidence,
        "reason": reason,
        "evidence": evidence,
    }


def _rich(facts: Facts) -> dict[str, Any]:
    levels = [facts[name] for name in ("wall.s1", "wall.r1") if name in facts]
    return {
        "view": f"The chain reads {facts.get('direction', 'undecided')}",
        "strategy": "Buy at the money in the direction of the chain, or wait",
        "risk": "The premium decays while the index stands still",
        "levels": levels,
    }


def _on_tick(price: float) -> float:
    return round(round(price / _TICK) * _TICK, 2)


def _earlier(as_of: str) -> str:
    try:
        return (datetime.fromisoformat(as_of) - _AGE).isoformat()
    except ValueError:
        return "2020-01-01T09:15:00"
