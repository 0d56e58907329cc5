"""When a model is asked, and what the rules may do beside it.

With a model at hand an entry is the model's to decide: the rules enter only when it was asked and could not answer.
Leaving a position is never put off for it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from oi_common.advice.decided import Decided, Engine, decision_event
from oi_common.advice.fingerprints import LastAsked
from oi_common.advice.gates import not_worth_asking
from oi_common.advice.policy import RulePolicy
from oi_common.advice.rules import rule
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Situation
from oi_common.market.chain import Contract

HELD_BACK: Final = "held_back"
OVERTAKEN: Final = "overtaken"


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """The least time between two questions, by the service's clock; in a position the rules guard the stop meanwhile."""

    rest: timedelta = timedelta(seconds=10)
    rest_in_position: timedelta = timedelta(seconds=30)

    def rest_of(self, it: Situation) -> timedelta:
        return self.rest if it.position is None else max(self.rest, self.rest_in_position)


@dataclass(frozen=True, slots=True)
class Asking:
    """What has been asked so far. `has_failed`: no model answered the last question."""

    last: LastAsked | None = None
    is_under_way: bool = False
    has_failed: bool = False

    def asked(self, fingerprint: str, it: Situation) -> "Asking":
        return replace(self, last=LastAsked(fingerprint, it.at), is_under_way=True)

    def heard(self, decided: Decided) -> "Asking":
        """Return the state after a question; an answer that was caught being wrong is an answer too."""
        has_failed = (decided.rejected_because or "").startswith("llm:")
        return replace(self, is_under_way=False, has_failed=has_failed)

    @property
    def rules_may_enter(self) -> bool:
        return self.has_failed and not self.is_under_way


def why_not_asked(
    it: Situation, fingerprint: str, asking: Asking, policy: AskingPolicy, rules: RulePolicy
) -> str | None:
    """Return why no model is asked about a situation; None when one is."""
    if rule(it, rules).decision == "EXIT":
        return "rules_exit"
    if asking.is_under_way:
        return "asking"
    if (gate := not_worth_asking(it, rules)) is not None:
        return f"gate:{gate.because}"
    if asking.last is None:
        return None
    if fingerprint == asking.last.fingerprint:
        return "unchanged"
    return "resting" if it.at - asking.last.at < policy.rest_of(it) else None


def held_back(decided: Decided) -> Decided:
    """Return the decision without the entry that the rules alone would make."""
    said = f"The rules would enter; that is the model's to decide ({decided.rejected_because})"
    return _waiting(decided, HELD_BACK, said)


def as_of_now(decided: Decided, now: Situation, rules: RulePolicy) -> Decided:
    """Return a decision that was made for want of an answer, without an entry that the rules no longer make."""
    event, present = decided.event, rule(now, rules)
    if event.engine != "rules" or event.decision != "ENTER":
        return decided
    if present.decision == "ENTER" and present.contract == Contract(event.strike or 0, event.side or "CE"):
        return decided
    return _waiting(decided, OVERTAKEN, "The rules would have entered, but no longer do")


def _waiting(decided: Decided, because: str, said: str) -> Decided:
    it, event = decided.situation, decided.event
    figures = {name: getattr(event, name) for name in ("latency_ms", "tokens_in", "tokens_out", "cost_inr")}
    ruling = Ruling("WAIT", because, said, evidence=event.evidence)
    waiting = decision_event(event.loop, it, ruling, Engine(None))
    return replace(decided, event=waiting.model_copy(update=figures), because=because)
