"""A decision as a person reads it: what is done, how the chain reads, the levels, the risk. What is unknown is left out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ai_rich.core.figures import level, word
from ai_rich.core.levels import levels
from ai_rich.core.picture import Picture
from ai_rich.core.reading import flow, measures, view
from ai_rich.core.risks import held, risk, time_left
from oi_common.advice.situation import Situation
from oi_common.events import DecisionMade
from oi_common.values import MAX_PRICE

_ALSO: Final = re.compile(r" \(also: ([^)]*)\)")
_SAYS: Final = re.compile(r"(?<=The chain says )[A-Z_]+")


def by_rules(said: DecisionMade, it: Situation, picture: Picture) -> str:
    """Return the paragraph of a decision that the rules made."""
    return _joined(
        f"{_headline(said)}: {_because(said)}.",
        held(it),
        view(it),
        flow(it.measures),
        measures(picture),
        levels(picture),
        risk(said, it),
        time_left(it),
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
    if said.decision not in {"ENTER", "HOLD"}:
        return f"{said.decision}{of}"
    at = (
        ("at", said.entry if said.decision == "ENTER" else None),
        ("stop", said.stop_loss),
        ("target", said.target),
    )
    prices = ", ".join(f"{name} {price:.2f}" for name, price in at if price and price < MAX_PRICE)
    sure = f" (confidence {said.confidence:.0f})" if said.confidence is not None else ""
    return f"{said.decision}{of}{', ' if prices else ''}{prices}{sure}"


def _because(said: DecisionMade) -> str:
    """Return the rules' reason in words; the names of further gates are read as words."""
    if said.decision == "ENTER":
        return "chain, signal and book agree, and no wall is near"
    told = _SAYS.sub(lambda says: word(says[0]), said.reason)
    return _ALSO.sub(lambda also: f" (and {word(also[1])})", told).strip().rstrip(".")


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _joined(*sentences: str | None) -> str:
    told: Iterable[str] = (each for each in sentences if each)
    return " ".join(told)
