"""What the simulated model says: something sensible, made of nothing but the facts in the prompt."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

_LEAST_MOVE: Final = 0.00025  # of spot
_AGE: Final = timedelta(minutes=5)

Facts = Mapping[str, Any]


def scripted(prompt: Mapping[str, Any], *, is_rich: bool) -> dict[str, Any]:
    """Return the answer to a prompt's `as_of` and `facts`; the same prompt has the same answer."""
    facts = prompt.get("facts")
    facts = facts if isinstance(facts, Mapping) else {}
    answer = _held(facts) or _entered(facts) or _waiting(facts)
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


def _held(facts: Facts) -> dict[str, Any] | None:
    if "position.strike" not in facts:
        return None
    return _answer("HOLD", "The position stays open", 60.0, ["position.strike"])


def _entered(facts: Facts) -> dict[str, Any] | None:
    moved, spot, strikes = facts.get("momentum.12s"), facts.get("spot"), facts.get("strikes")
    if moved is None or spot is None or not strikes or abs(moved) < _LEAST_MOVE * spot:
        return None
    side = "CE" if moved > 0 else "PE"
    strike = min(strikes, key=lambda each: abs(each - spot))
    name = f"leg.{strike}{side}.ask"
    ask = facts.get(name)
    if not ask:
        return None
    prices = {
        "side": side,
        "strike": strike,
        "entry": ask,
        "stop_loss": round(ask * 0.85, 2),
        "target": round(ask * 1.3, 2),
    }
    reason = f"Spot {spot} moved {moved} over 12 seconds; {strike} {side} asks {ask}"
    return _answer("ENTER", reason, 62.0, ["spot", "momentum.12s", name]) | prices


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


def _earlier(as_of: str) -> str:
    try:
        return (datetime.fromisoformat(as_of) - _AGE).isoformat()
    except ValueError:
        return "2020-01-01T09:15:00"
