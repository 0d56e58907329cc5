"""The facts a decision may rest on, each with an id. A model sees these and nothing else.

Values are numbers, or words of ours: text from outside never becomes a fact.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from oi_common.advice.situation import Leg, Position, Situation, number
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract

Value: TypeAlias = float | int | str | list[int] | list[float]

# Of a snapshot's measures, in the order of their worth to a reader.
MEASURES: Final = (
    "direction",
    "confidence",
    "pcr_oi",
    "max_pain",
    "atm_strike",
    "forward",
    "straddle",
    "implied_move",
    "atm_iv",
    "trade_signal",
    "pcr_volume",
    "pcr_oi_change",
    "skew_25d",
    "net_gex",
    "gex_flip",
    "ce_oi_change",
    "pe_oi_change",
)
# The contracts told before the measures: the held one, and both sides of the two strikes nearest spot.
_AT_HAND: Final = 5
_OUR_WORDS: Final = re.compile(r"[A-Za-z0-9_:+.\-]{1,40}", re.ASCII)
_IDS: Final = re.compile(r"[a-z][A-Za-z0-9_.]{0,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts by id, the most important first."""

    at: datetime
    facts: Mapping[str, Value]

    @property
    def as_of(self) -> str:
        return as_of(self.at)

    def number(self, name: str) -> float | None:
        return number(self.facts.get(name))

    def with_facts(self, more: Mapping[str, Any]) -> "Evidence":
        """Return the evidence with further facts behind these; what may be no fact is left out."""
        return replace(self, facts={**self.facts, **_admitted(more)})

    def bounded(self, size: int) -> "Evidence":
        """Return the first facts whose JSON fits into so many bytes."""
        kept: dict[str, Value] = {}
        left = size - len(Evidence(self.at, {}).as_json().encode())
        for name, value in self.facts.items():
            left -= len(json.dumps({name: value}).encode())
            if left < 0:
                break
            kept[name] = value
        return replace(self, facts=kept)

    def as_json(self) -> str:
        return json.dumps({"as_of": self.as_of, "facts": dict(self.facts)}, separators=(",", ":"))


def as_of(at: datetime) -> str:
    """Return how a situation's moment is written, and must be repeated in an answer."""
    return at.astimezone(IST).strftime("%Y-%m-%dT%H:%M:%S")


def leg_id(contract: Contract) -> str:
    return f"leg.{contract.strike}{contract.side}"


def evidence_of(situation: Situation) -> Evidence:
    """Return all facts of a situation."""
    return Evidence(situation.at, _admitted(dict(_facts(situation))))


def _facts(it: Situation) -> Iterator[tuple[str, Any]]:
    yield "index_name", it.index_name
    yield "spot", it.spot
    yield from _of_position(it)
    for seconds, points in sorted(it.momentum.items()):
        yield f"momentum.{seconds}s", points
    yield "minutes_since_open", round(it.minutes_since_open, 1)
    yield "minutes_to_close", round(it.minutes_to_close, 1)
    yield "days_to_expiry", it.days_to_expiry
    yield "expiry", it.expiry.isoformat() if it.expiry else None
    yield "lot_size", it.lot_size
    yield "strikes", list(it.strikes)
    yield "pcr_live", it.pcr_live
    legs = _nearest_first(it)
    for leg in legs[:_AT_HAND]:
        yield from _of_leg(leg)
    for name in MEASURES:
        yield name, it.measures.get(name)
    yield from _of_walls(it)
    yield "spot_age", it.spot_age
    yield "snapshot_age", it.snapshot_age
    for leg in legs[_AT_HAND:]:
        yield from _of_leg(leg)


def _of_position(it: Situation) -> Iterator[tuple[str, Any]]:
    position: Position | None = it.position
    if position is None:
        return
    yield "position.side", position.contract.side
    yield "position.strike", position.contract.strike
    yield "position.quantity", position.quantity
    yield "position.entry", position.entry
    yield "position.stop_loss", position.stop_loss
    yield "position.target", position.target
    yield "position.held_minutes", round(position.held_minutes, 1)
    yield "position.best", position.best
    leg = it.leg(position.contract)
    yield "position.bid", leg.bid if leg else None


def _nearest_first(it: Situation) -> list[Leg]:
    spot = it.spot or 0.0
    held = it.position.contract if it.position else None
    return sorted(it.legs, key=lambda leg: (leg.contract != held, abs(leg.contract.strike - spot)))


def _of_leg(leg: Leg) -> Iterator[tuple[str, Any]]:
    name = leg_id(leg.contract)
    for field in ("bid", "ask", "ltp", "oi", "iv", "delta"):
        yield f"{name}.{field}", getattr(leg, field)
    for seconds, rupees in sorted(leg.moves.items()):
        yield f"{name}.move_{seconds}s", rupees


def _of_walls(it: Situation) -> Iterator[tuple[str, Any]]:
    for letter, walls in (("s", it.supports), ("r", it.resistances)):
        for rank, wall in enumerate(walls[:3], start=1):
            yield f"wall.{letter}{rank}", wall.strike
            yield f"wall.{letter}{rank}.oi", wall.oi
            yield f"wall.{letter}{rank}.strength", wall.strength


def _admitted(facts: Mapping[str, Any]) -> dict[str, Value]:
    return {
        name: value
        for name, said in facts.items()
        if _IDS.fullmatch(name) and (value := _value(said)) is not None
    }


def _value(said: Any) -> Value | None:
    if isinstance(said, str):
        return said if _OUR_WORDS.fullmatch(said) else None
    if isinstance(said, list | tuple):
        known = [each for each in said if number(each) is not None]
        return known or None
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    exact = number(said)
    return None if exact is None else round(exact, 4)
