"""A decision as it is published, and as it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from oi_common.advice.answers import Advice
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Situation
from oi_common.events import DecisionMade
from oi_common.llm.calls import Call
from oi_common.market.buckets import utc_naive, wall_time

Loop = Literal["minimal", "rich"]


@dataclass(frozen=True, slots=True)
class Decided:
    """`rejected_because` says why no model's answer was used; None when one was."""

    event: DecisionMade
    because: str
    rejected_because: str | None
    decided_at: datetime
    fingerprint: str
    situation: Situation
    proposed: Mapping[str, Any] | None
    baselines: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Engine:
    """Who decided, and what the models cost on the way, also when their answers were of no use."""

    model: str | None
    calls: tuple[Call, ...] = ()

    def figures(self) -> dict[str, Any]:
        if not self.calls:
            return {}
        return {
            "latency_ms": round(sum(call.latency_ms for call in self.calls), 3),
            "tokens_in": _known_sum([call.tokens_in for call in self.calls]),
            "tokens_out": _known_sum([call.tokens_out for call in self.calls]),
            "cost_inr": sum(call.cost for call in self.calls) / 1_000_000,
        }


def event_id_of(loop: Loop, index_name: str, at: datetime) -> str:
    """Return the id that the decision of a loop about a moment has."""
    waiting = DecisionMade(
        loop=loop, engine="rules", index_name=index_name, event_time=at, decision="WAIT", reason=""
    )
    return waiting.event_id


def decision_event(loop: Loop, it: Situation, ruling: Ruling, engine: Engine) -> DecisionMade:
    return DecisionMade(
        loop=loop,
        engine="llm" if engine.model else "rules",
        model=engine.model,
        index_name=it.index_name,
        expiry=it.expiry,
        event_time=it.at,
        decision=ruling.decision,
        side=ruling.contract.side if ruling.contract else None,
        strike=ruling.contract.strike if ruling.contract else None,
        entry=ruling.entry,
        stop_loss=ruling.stop_loss,
        target=ruling.target,
        confidence=ruling.confidence,
        reason=ruling.reason,
        evidence=ruling.evidence,
        **engine.figures(),
    )


def decision_row(decided: Decided) -> dict[str, Any]:
    """Return the decision as a row of `ai_decisions`."""
    event, it = decided.event, decided.situation
    told = event.model_dump(exclude={"v", "event_time", "evidence"})
    return {
        **told,
        "time": wall_time(event.event_time),
        "event_time": utc_naive(event.event_time),
        "decided_at": utc_naive(decided.decided_at),
        "because": decided.because,
        "evidence": list(event.evidence),
        "rejected_because": decided.rejected_because,
        "proposed": dict(decided.proposed) if decided.proposed is not None else None,
        "baselines": dict(decided.baselines),
        "fingerprint": decided.fingerprint,
        "spot": it.spot,
        "lot_size": it.lot_size,
        "days_to_expiry": it.days_to_expiry,
    }


def proposal(advice: Advice | None) -> dict[str, Any] | None:
    return None if advice is None else advice.model_dump(mode="json")


def _known_sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
