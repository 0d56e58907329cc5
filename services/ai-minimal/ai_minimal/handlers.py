"""The one-second loop of one underlying: rules each second, a model when something of weight has changed."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from ai_minimal import metrics
from ai_minimal.core.asking import Asking, AskingPolicy, as_of_now, held_back, why_not_asked
from ai_minimal.core.beats import beat_at, due_after
from ai_minimal.core.telling import TellingPolicy, Told, told_by, worth_telling
from ai_minimal.sight import Sight
from ai_minimal.teller import Teller
from oi_common.advice.decided import Decided
from oi_common.advice.desk import MINIMAL, Desk
from oi_common.advice.situation import Situation
from oi_common.clock import Clock
from oi_common.events import DecisionMade
from oi_common.market.sessions import TradingSession, session_at
from oi_common.waiting import reached

_LATE = 1.0  # real seconds


@dataclass(frozen=True, slots=True)
class LoopPolicy:
    """`within` is the real time that a model has for its answer; without a model nobody is asked."""

    within: timedelta = timedelta(seconds=8)
    asking: AskingPolicy = field(default_factory=AskingPolicy)
    telling: TellingPolicy = field(default_factory=TellingPolicy)
    has_model: bool = False


class Adviser:
    """Decides about one underlying, once for each second of the session."""

    def __init__(
        self,
        partition: str,
        segment: str,
        sight: Sight,
        desk: Desk,
        teller: Teller,
        clock: Clock,
        policy: LoopPolicy,
        told: Told | None = None,
    ) -> None:
        self._partition = partition
        self._segment = segment
        self._sight = sight
        self._desk = desk
        self._teller = teller
        self._clock = clock
        self._policy = policy
        self._told = told
        self._begins_after = told.at if told else None
        self._asking = Asking()
        self._question: asyncio.Task[None] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Decide until `stop`: each beat about the second that it is, whatever has gone by."""
        due = due_after(self._segment, self._clock.now())
        try:
            while await reached(self._clock, due, stop):
                began = time.monotonic()
                beat = beat_at(self._clock.now(), due)
                session = session_at(self._segment, beat.at)
                if session is not None:
                    metrics.SKIPPED.labels(self._partition).inc(beat.skipped)
                    await self.on_beat(session, beat.at)
                    self._count(time.monotonic() - began)
                due = due_after(self._segment, beat.at)
        finally:
            await self._break_off()

    async def on_beat(self, session: TradingSession, at: datetime) -> None:
        """Decide about one second, or put it to a model, whose answer will decide about it."""
        if self._question is not None and self._question.done():
            self._question.result()  # a bug in it is ours
            self._question = None
        await self._sight.look(session, at)
        if self._begins_after is not None and at <= self._begins_after:
            return  # it was decided before a restart
        it = self._sight.situation(session, at)
        because = self._why_not_asked(it)
        if because is None:
            self._question = asyncio.create_task(self._ask(session, it))
            return
        metrics.NOT_ASKED.labels(self._partition, because).inc()
        decided = self._desk.by_rules(it, because)
        is_the_models = self._policy.has_model and not self._asking.rules_may_enter
        is_entry = decided.event.decision == "ENTER"
        self._tell(held_back(decided) if is_entry and is_the_models else decided)

    def _why_not_asked(self, it: Situation) -> str | None:
        if not self._policy.has_model:
            return "no_model"
        fingerprint = self._desk.fingerprint(it)
        because = why_not_asked(it, fingerprint, self._asking, self._policy.asking, MINIMAL.rules)
        if because is None:
            self._asking = self._asking.asked(fingerprint, it)
        return because

    async def _ask(self, session: TradingSession, it: Situation) -> None:
        def present() -> Situation:
            return self._sight.situation(session, self._clock.now())

        metrics.ASKED.labels(self._partition).inc()
        decided = await self._desk.decide(it, within=self._policy.within, latest=present)
        self._asking = self._asking.heard(decided)
        self._tell(as_of_now(decided, present(), MINIMAL.rules))

    def _tell(self, decided: Decided) -> None:
        event = decided.event
        metrics.DECIDED.labels(self._partition, event.engine, event.decision, decided.because).inc()
        why = worth_telling(event, self._told, self._policy.telling)
        if why is None:
            return
        metrics.TOLD.labels(self._partition, why).inc()
        self._told = self._latest(event)
        self._teller.tell(decided)

    def _latest(self, event: DecisionMade) -> Told:
        """Return what was told last; an answer about an earlier second does not set the time back."""
        told = told_by(event)
        return told if self._told is None else told.not_before(self._told.at)

    def _count(self, took: float) -> None:
        metrics.BEATS.labels(self._partition).inc()
        metrics.TOOK.labels(self._partition).observe(took)
        if took > _LATE:
            metrics.LATE.labels(self._partition).inc()
            structlog.get_logger().warning("beat.late", partition=self._partition, seconds=round(took, 3))

    async def _break_off(self) -> None:
        if self._question is not None:
            self._question.cancel()
            await asyncio.gather(self._question, return_exceptions=True)
