"""The desk: given a situation, it decides, by a model where one may be asked and its answer holds, else by rules.

It never takes longer than it is given, and never raises for what a model, its server or the budget do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from prometheus_client import Counter

from oi_common.advice.answers import Advice, RichAdvice
from oi_common.advice.baselines import always_wait, coin_flip
from oi_common.advice.decided import Decided, Engine, Loop, decision_event, event_id_of, proposal
from oi_common.advice.evidence import Evidence, evidence_of
from oi_common.advice.fingerprints import fingerprint
from oi_common.advice.gates import not_worth_asking
from oi_common.advice.lock import LockPolicy, accepted, check
from oi_common.advice.policy import RulePolicy
from oi_common.advice.prompts import minimal_prompt, rich_prompt
from oi_common.advice.rules import rule
from oi_common.advice.rulings import Ruling
from oi_common.advice.situation import Situation
from oi_common.clock import Clock
from oi_common.llm import Answered, LlmClient, Question
from oi_common.llm.requests import Message

DECISIONS = Counter("oi_ai_decisions", "Decisions made", ["loop", "engine", "decision"])
REJECTED = Counter("oi_ai_rejected", "Answers of models that were not used, by reason", ["loop", "because"])

Prompt = Callable[[Evidence], tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """How one loop asks and judges."""

    loop: Loop
    answer: type[Advice]
    prompt: Prompt
    max_tokens: int
    evidence_size: int  # bytes of JSON
    rules: RulePolicy = field(default_factory=RulePolicy)
    lock: LockPolicy = field(default_factory=LockPolicy)
    seed: int = 1


MINIMAL: Final = DeskPolicy("minimal", Advice, minimal_prompt, max_tokens=400, evidence_size=4_000)
RICH: Final = DeskPolicy(
    "rich",
    RichAdvice,
    rich_prompt,
    max_tokens=1200,
    evidence_size=12_000,
    rules=RulePolicy(needs_momentum=False),
    lock=LockPolicy(oldest=timedelta(seconds=60), spot_moved=0.0015),
)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What came of asking: a ruling when the answer held, else why it is not used."""

    ruling: Ruling | None
    rejected_because: str | None
    engine: Engine
    advice: Advice | None = None


class Desk:
    """Decides for one loop. `llm` None is an ordinary state: the rules decide."""

    def __init__(self, policy: DeskPolicy, llm: LlmClient | None, clock: Clock) -> None:
        self._policy = policy
        self._llm = llm
        self._clock = clock

    async def decide(
        self,
        it: Situation,
        *,
        within: timedelta,
        ask: str | None = None,
        latest: Callable[[], Situation] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Decided:
        """Return the decision about a situation, at the latest after `within` of real time.

        `ask` is None when a model may be asked, else why not (such as `unchanged`). `latest` gives the situation
        when the answer has come; `more` are facts beside the situation's own, for the model.
        """
        blocked = self._not_asked(it, ask)
        if blocked is not None:
            return self._ruled(it, rule(it, self._policy.rules), _Verdict(None, blocked, Engine(None)))
        verdict = await self._asked(it, within, latest or (lambda: it), more or {})
        if verdict.ruling is not None:
            return self._ruled(it, verdict.ruling, verdict)
        return self._ruled(it, self._instead(it, verdict), verdict)

    def by_rules(self, it: Situation, because: str) -> Decided:
        """Return the rules' decision at once; `because` says why no model was asked."""
        return self._ruled(it, rule(it, self._policy.rules), _Verdict(None, because, Engine(None)))

    def fingerprint(self, it: Situation) -> str:
        return fingerprint(it, self._policy.rules)

    def _not_asked(self, it: Situation, ask: str | None) -> str | None:
        if self._llm is None:
            return "no_model"
        blocked = not_worth_asking(it, self._policy.rules)
        return ask or (f"gate:{blocked.because}" if blocked else None)

    async def _asked(
        self,
        it: Situation,
        within: timedelta,
        latest: Callable[[], Situation],
        more: Mapping[str, Any],
    ) -> _Verdict:
        policy = self._policy
        assert self._llm is not None  # noqa: S101 - _not_asked has seen to it
        shown = evidence_of(it).with_facts(more).bounded(policy.evidence_size)
        question = Question(
            policy.loop,
            it.index_name,
            event_id_of(policy.loop, it.index_name, it.at),
            policy.prompt(shown),
            policy.answer,
            policy.max_tokens,
        )
        said = await self._llm.ask(question, within)
        if not isinstance(said, Answered):
            return self._refused(f"llm:{said.because}", Engine(None, said.calls), None)
        now = evidence_of(latest())
        because = check(said.value, shown, now=now, at=self._clock.now(), policy=policy.lock)
        if because is not None:
            return self._refused(f"lock:{because}", Engine(None, said.calls), said.value)
        return _Verdict(accepted(said.value, now), None, Engine(said.model, said.calls), said.value)

    def _refused(self, because: str, engine: Engine, advice: Advice | None) -> _Verdict:
        REJECTED.labels(self._policy.loop, because).inc()
        return _Verdict(None, because, engine, advice)

    def _instead(self, it: Situation, verdict: _Verdict) -> Ruling:
        """The rules decide; but where a model's answer was caught being wrong, nothing is entered."""
        ruling = rule(it, self._policy.rules)
        if verdict.advice is None or ruling.decision != "ENTER":
            return ruling
        said = f"The model's answer was refused ({verdict.rejected_because}); nothing is entered on it"
        return Ruling("WAIT", str(verdict.rejected_because), said, evidence=ruling.evidence)

    def _ruled(self, it: Situation, ruling: Ruling, verdict: _Verdict) -> Decided:
        policy = self._policy
        event = decision_event(policy.loop, it, ruling, verdict.engine)
        DECISIONS.labels(policy.loop, event.engine, event.decision).inc()
        return Decided(
            event,
            ruling.because,
            verdict.rejected_because,
            self._clock.now(),
            fingerprint(it, policy.rules),
            it,
            proposal(verdict.advice),
            {
                "rules": rule(it, policy.rules).as_json(),
                "always_wait": always_wait(it).as_json(),
                "coin_flip": coin_flip(it, policy.seed, policy.rules).as_json(),
            },
        )
