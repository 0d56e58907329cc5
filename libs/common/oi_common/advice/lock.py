"""The evidence lock: a model's answer counts only when everything checkable in it is borne out by the facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from oi_common.advice.answers import Advice, RichAdvice
from oi_common.advice.evidence import Evidence, leg_id
from oi_common.advice.numbers import unfounded
from oi_common.advice.rulings import Ruling
from oi_common.market.chain import Contract

_HIGHEST: Final = 1e6  # rupees; no premium is near it


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """How far an answer may be from the book, and from now."""

    oldest: timedelta = timedelta(seconds=15)
    spot_moved: float = 0.0005  # of spot: further, the answer is about another market
    band: float = 0.01  # of the price, beyond bid and ask


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer, the facts it was given, the facts of now, and the moment of now."""

    advice: Advice
    shown: Evidence
    now: Evidence
    at: datetime
    policy: LockPolicy


Check: TypeAlias = Callable[[Checked], str | None]


def check(
    advice: Advice,
    shown: Evidence,
    *,
    now: Evidence | None = None,
    at: datetime | None = None,
    policy: LockPolicy | None = None,
) -> str | None:
    """Return the machine reason for which an answer must not be followed; None when it holds.

    `shown` is what the model was given, `now` the facts and `at` the moment when the answer came.
    """
    asked = Checked(advice, shown, now or shown, at or shown.at, policy or LockPolicy())
    return next((because for each in _CHECKS if (because := each(asked)) is not None), None)


def accepted(advice: Advice, evidence: Evidence) -> Ruling:
    """Return the ruling of an answer that passed the check."""
    contract = _held(evidence) if advice.decision in {"HOLD", "EXIT"} else _contract(advice)
    has_prices = advice.decision in {"ENTER", "HOLD"}
    return Ruling(
        advice.decision,
        "advised",
        advice.reason,
        None if advice.decision == "WAIT" else contract,
        advice.entry if advice.decision == "ENTER" else None,
        advice.stop_loss if has_prices else None,
        advice.target if has_prices else None,
        advice.confidence,
        advice.evidence,
    )


def _is_about_now(it: Checked) -> str | None:
    if it.advice.as_of != it.shown.as_of:
        return "out_of_date"
    if it.at - it.shown.at > it.policy.oldest:
        return "too_late"
    then, spot = it.shown.number("spot"), it.now.number("spot")
    if then is not None and spot is not None and abs(spot - then) > it.policy.spot_moved * then:
        return "market_moved"
    return None


def _cites_what_is_there(it: Checked) -> str | None:
    if not it.advice.evidence:
        return "no_evidence"
    return None if set(it.advice.evidence) <= set(it.shown.facts) else "unknown_evidence"


def _is_sure_within_range(it: Checked) -> str | None:
    return None if 0 <= it.advice.confidence <= 100 else "confidence_out_of_range"


def _fits_the_position(it: Checked) -> str | None:
    held, said, decision = _held(it.now), _contract(it.advice), it.advice.decision
    if decision == "ENTER":
        return "position_open" if held is not None else None
    if decision == "WAIT":
        return None
    if held is None:
        return "no_position"
    return "another_position" if said is not None and said != held else None


def _enters_a_listed_contract(it: Checked) -> str | None:
    if it.advice.decision != "ENTER":
        return None
    contract = _contract(it.advice)
    if contract is None or None in {it.advice.entry, it.advice.stop_loss, it.advice.target}:
        return "incomplete"
    listed = it.shown.facts.get("strikes")
    return None if isinstance(listed, list) and contract.strike in listed else "unlisted_strike"


def _enters_inside_the_book(it: Checked) -> str | None:
    contract, entry = _contract(it.advice), it.advice.entry
    if it.advice.decision != "ENTER" or contract is None or entry is None:
        return None
    bid, ask = (it.now.number(f"{leg_id(contract)}.{side}") for side in ("bid", "ask"))
    if f"{leg_id(contract)}.ask" not in it.shown.facts or bid is None or ask is None or not 0 < bid <= ask:
        return "no_book"
    band = it.policy.band * ask
    return None if bid - band <= entry <= ask + band else "entry_outside_book"


def _stops_on_the_right_side(it: Checked) -> str | None:
    advice = it.advice
    if advice.decision not in {"ENTER", "HOLD"}:
        return None
    entry = advice.entry if advice.decision == "ENTER" else it.now.number("position.bid")
    if advice.stop_loss is not None and not 0 < advice.stop_loss < (entry or _HIGHEST):
        return "stop_not_below_entry"
    if advice.decision == "HOLD" and _lowers_the_stop(it):
        return "stop_lowered"
    if advice.target is not None and not (entry or 0) < advice.target < _HIGHEST:
        return "target_not_above_entry"
    return None


def _lowers_the_stop(it: Checked) -> bool:
    held, wanted = it.now.number("position.stop_loss"), it.advice.stop_loss
    return held is not None and wanted is not None and wanted < held


def _quotes_only_facts(it: Checked) -> str | None:
    advice = it.advice
    own = (advice.strike, advice.entry, advice.stop_loss, advice.target, advice.confidence)
    also = [float(value) for value in own if value is not None]
    if any(unfounded(text, it.shown, also) is not None for text in advice.texts):
        return "number_not_in_evidence"
    levels = advice.levels if isinstance(advice, RichAdvice) else ()
    return "level_not_in_evidence" if any(unfounded(f"{abs(x):f}", it.shown, also) for x in levels) else None


_CHECKS: Final[tuple[Check, ...]] = (
    _is_about_now,
    _is_sure_within_range,
    _cites_what_is_there,
    _fits_the_position,
    _enters_a_listed_contract,
    _enters_inside_the_book,
    _stops_on_the_right_side,
    _quotes_only_facts,
)


def _contract(advice: Advice) -> Contract | None:
    return Contract(advice.strike, advice.side) if advice.strike is not None and advice.side else None


def _held(evidence: Evidence) -> Contract | None:
    strike, side = evidence.number("position.strike"), evidence.facts.get("position.side")
    if strike is None or side not in {"CE", "PE"}:
        return None
    return Contract(int(strike), "CE" if side == "CE" else "PE")
