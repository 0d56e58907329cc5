"""When a situation counts as a new one: a model is asked again only then."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from oi_common.advice.policy import DEFAULT_RULES, RulePolicy
from oi_common.advice.situation import Situation

_PCR_STEP = 0.1
_CONFIDENCE_STEP = 20.0


class LastAsked(NamedTuple):
    """What a model was asked about last, and when."""

    fingerprint: str
    at: datetime


def fingerprint(it: Situation, policy: RulePolicy = DEFAULT_RULES) -> str:
    """Return a short text that is the same while nothing of weight has changed."""
    return hashlib.blake2s("|".join(parts(it, policy)).encode(), digest_size=8).hexdigest()


def is_new(fresh: str, at: datetime, last: LastAsked | None, rest: timedelta) -> bool:
    """Say whether to ask again: the situation is another, and the last question is at least `rest` ago."""
    return last is None or (fresh != last.fingerprint and at - last.at >= rest)


def parts(it: Situation, policy: RulePolicy) -> Iterator[str]:
    """Yield what the fingerprint is made of, each coarse enough to last."""
    leg = it.at_the_money("CE")
    yield f"atm {leg.contract.strike if leg else None}"
    yield f"direction {it.measures.get('direction')}"
    yield f"confidence {_step(it.direction_confidence, _CONFIDENCE_STEP)}"
    yield f"pcr {_step(it.pcr_live, _PCR_STEP)}"
    least = policy.least_move * it.spot if it.spot else None
    for seconds in (policy.heading_seconds, policy.confirming_seconds):
        yield f"momentum {_band(it.momentum.get(seconds), least)}"
    yield f"walls {[wall.strike for wall in (*it.supports[:1], *it.resistances[:1])]}"
    yield f"phase {_phase(it, policy)}"
    yield f"position {_position(it)}"


def _step(value: float | None, width: float) -> int | None:
    return None if value is None else int(value // width)


def _band(moved: float | None, least: float | None) -> str:
    if moved is None or least is None:
        return "unknown"
    if abs(moved) < least:
        return "flat"
    return ("up" if moved > 0 else "down") + (" fast" if abs(moved) >= 3 * least else "")


def _phase(it: Situation, policy: RulePolicy) -> str:
    if it.minutes_since_open < policy.first_minutes:
        return "opening"
    return "closing" if it.minutes_to_close < policy.last_minutes else "open"


def _position(it: Situation) -> str:
    """Half stop distances gained or lost, so that a move along the way counts."""
    held = it.position
    if held is None:
        return "none"
    leg = it.leg(held.contract)
    risked = held.entry - held.stop_loss
    gained = None if leg is None or leg.bid is None or risked <= 0 else (leg.bid - held.entry) / risked
    return f"{held.contract} {_step(gained, 0.5)} {int(held.held_minutes // 10)}"
