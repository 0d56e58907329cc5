"""A decision as a person reads it: what is done, how the chain reads, the levels, the risk. What is unknown is left out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ai_rich.core.figures import level, word
from ai_rich.core.levels import levels, outlook
from ai_rich.core.picture import Picture
from ai_rich.core.reading import flow, measures, view
from oi_common.advice.situation import Situation
from oi_common.events import DecisionMade

_ALSO: Final = re.compile(r" \(also: ([^)]*)\)")


def by_rules(said: DecisionMade, it: Situation, picture: Picture) -> str:
    """Return the paragraph of a decision that the rules made."""
    return _joined(
        f"{_headline(said)}: {_because(said.reason)}.",
        _held(it),
        view(it),
        flow(it.measures),
        measures(picture),
        levels(picture),
        _risk(said, it) or outlook(it),
        _time_left(it),
    )


def by_model(said: DecisionMade, advice: Mapping[str, Any]) -> str:
    """Return the paragraph of a model's answer; the lock has seen all its texts."""
    told = {name: str(advice.get(name) or "").strip() for name in ("view", "strategy", "risk")}
    strikes = [level(each) for each in advice.get("levels") or ()]
    return _joined(
        f"{_headline(said)}: {_ended(said.reason)}",
        *(f"{name.capitalize()}: {_ended(text)}" for name, text in told.items() if text),
        f"Levels: {', '.join(strikes)}." if strikes else None,
    )


def _headline(said: DecisionMade) -> str:
    of = f" {said.strike} {said.side}" if said.strike is not None and said.side else ""
    if said.decision == "ENTER":
        prices = f" at {said.entry:.2f}, stop {said.stop_loss:.2f}, target {said.target:.2f}"
        return f"ENTER{of}{prices if None not in {said.entry, said.stop_loss, said.target} else ''}"
    stop = f" with the stop at {said.stop_loss:.2f}" if said.decision == "HOLD" and said.stop_loss else ""
    return f"{said.decision}{of}{stop}"


def _because(reason: str) -> str:
    """Return the rules' reason in words; the names of further gates are read as words."""
    return _ALSO.sub(lambda also: f" (and {word(also[1])})", reason).strip().rstrip(".")


def _held(it: Situation) -> str | None:
    held = it.position
    if held is None:
        return None
    leg = it.leg(held.contract)
    bid = f", the bid is {leg.bid:.2f}" if leg and leg.bid is not None else ""
    contract = f"{held.contract.strike} {held.contract.side}"
    return f"Held: {held.quantity} of {contract}, bought at {held.entry:.2f} {held.held_minutes:.0f} minutes ago{bid}."


def _risk(said: DecisionMade, it: Situation) -> str | None:
    """Return what an entry may lose, and where it is wrong."""
    if said.decision != "ENTER" or said.entry is None or said.stop_loss is None:
        return None
    risked = said.entry - said.stop_loss
    lot = f", ₹{risked * it.lot_size:,.0f} a lot of {it.lot_size}" if it.lot_size else ""
    walls = it.supports if said.side == "CE" else it.resistances
    wrong = [
        wall.strike
        for wall in walls[:1]
        if it.spot is not None and (wall.strike < it.spot) == (said.side == "CE")
    ]
    way = "below" if said.side == "CE" else "above"
    behind = f"; the index {way} {level(wrong[0])} would prove it wrong" if wrong else ""
    return f"Risk: ₹{risked:.2f} a unit{lot} before charges{behind}."


def _time_left(it: Situation) -> str | None:
    if it.days_to_expiry == 0:
        return f"The contracts expire today, in {it.minutes_to_close:.0f} minutes: premiums decay fast."
    if 0 < it.minutes_to_close < 30:
        return f"{it.minutes_to_close:.0f} minutes are left."
    return None


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _joined(*sentences: str | None) -> str:
    told: Iterable[str] = (each for each in sentences if each)
    return " ".join(told)
