"""Asks models for structured answers: one after the other, within the caller's time and the day's budget."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Final, Generic

import structlog

from oi_common.clock import Clock, WallClock
from oi_common.connections import AsyncRedis
from oi_common.health import Health
from oi_common.llm.asking import Asked, Asker, CallSink
from oi_common.llm.breaker import BreakerPolicy, Circuit
from oi_common.llm.budget import Budget
from oi_common.llm.calls import Call
from oi_common.llm.replies import REPAIRABLE, Because, Failure
from oi_common.llm.requests import Message, Question, T, with_repair
from oi_common.llm.retrying import RetryPolicy, pause_before_retry
from oi_common.llm.server import ChatServer, connect_server
from oi_common.llm.settings import LlmSettings

_WORTH_ASKING: Final = 0.05  # seconds; with less left no model answers
_NOT_THE_MODELS_FAULT: Final[frozenset[Because]] = frozenset(
    {"price_unknown", "budget_spent", "budget_unknown"}
)


@dataclass(frozen=True, slots=True)
class AskPolicy:
    """How long one request may take at most, and what is done about failures."""

    request: timedelta = timedelta(seconds=20)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A model's answer, in the form that was asked for."""

    value: T
    model: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """No model answered; `because` is the last model's failure."""

    because: Because
    said: str
    calls: tuple[Call, ...]


class LlmClient:
    """A chain of models: the first that answers is taken. Circuits live by real time, as servers do."""

    def __init__(
        self, asker: Asker, models: tuple[str, ...], *, wall: Clock, policy: AskPolicy | None = None
    ) -> None:
        self._asker = asker
        self._models = models
        self._wall = wall
        self._policy = policy or AskPolicy()
        self._circuits: defaultdict[str, Circuit] = defaultdict(Circuit)

    async def ask(self, question: Question[T], within: timedelta) -> Answered[T] | Failed:
        """Return an answer, or why there is none, at the latest after `within` of real time."""
        talk: _Talk[T] = _Talk(question, time.monotonic() + within.total_seconds())
        failure = Failure("no_model")
        for model in self._models:
            asked = await self._ask_model(model, talk)
            if asked.value is not None:
                return Answered(asked.value, model, tuple(talk.calls))
            failure = asked.failure or failure
        return Failed(failure.because, failure.said, tuple(talk.calls))

    def circuit(self, model: str) -> str:
        """Return the state of a model's circuit: closed, open or half_open."""
        return self._circuits[model].state(self._wall.now())

    async def idle(self) -> None:
        """Wait until the budget knows what every call so far has cost."""
        await self._asker.idle()

    async def _ask_model(self, model: str, talk: "_Talk[T]") -> Asked[T]:
        messages, is_repaired = talk.question.messages, False
        for attempt in count(1):
            asked = await self._ask_once(model, messages, talk)
            failure = asked.failure
            if failure is None:
                return asked
            if failure.because in REPAIRABLE and not is_repaired:
                messages, is_repaired = with_repair(talk.question.messages, asked.text, failure.said), True
                continue
            pause = pause_before_retry(failure, attempt, talk.remaining, self._policy.retry)
            if pause is None:
                return asked
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _ask_once(self, model: str, messages: tuple[Message, ...], talk: "_Talk[T]") -> Asked[T]:
        if talk.remaining < _WORTH_ASKING:
            return Asked(failure=Failure("deadline", "no time is left"))
        self._circuits[model], may_pass = self._circuits[model].asked(self._wall.now(), self._policy.breaker)
        if not may_pass:
            return Asked(failure=Failure("circuit_open", f"{model} has failed too often"))
        within = min(talk.remaining, self._policy.request.total_seconds())
        asked = await self._asker.ask(
            talk.question, messages, model, attempt=len(talk.calls) + 1, within=within
        )
        talk.calls += [asked.call] if asked.call else []
        self._judge(model, asked)
        return asked

    def _judge(self, model: str, asked: Asked[T]) -> None:
        circuit = self._circuits[model]
        if asked.failure is None:
            self._circuits[model] = circuit.succeeded()
        elif asked.failure.because in _NOT_THE_MODELS_FAULT:
            self._circuits[model] = circuit.untried()
        else:
            self._circuits[model] = circuit.failing(self._wall.now(), self._policy.breaker)


@dataclass(slots=True)
class _Talk(Generic[T]):
    """One question on its way through the models."""

    question: Question[T]
    ends: float
    calls: list[Call] = field(default_factory=list)

    @property
    def remaining(self) -> float:
        return self.ends - time.monotonic()


@asynccontextmanager
async def open_llm(
    settings: LlmSettings,
    models: tuple[str, ...],
    redis: AsyncRedis,
    clock: Clock,
    sink: CallSink,
    policy: AskPolicy | None = None,
    health: Health | None = None,
) -> AsyncIterator[LlmClient | None]:
    """Give a client while the body runs; None when no model is set up, which is an ordinary state.

    `sink` is told of every call the moment it is over; it must not block.
    """
    endpoint = settings.endpoint
    if endpoint is None:
        structlog.get_logger().info(
            "llm.absent", said="neither OPENROUTER_API_KEY nor LLM_BASE_URL: rules decide"
        )
        yield None
        return
    wall = WallClock()
    async with connect_server(endpoint) as server:
        budget = Budget(redis, settings.ai_daily_budget_inr)
        asker = Asker(server, budget, settings.price_list, clock=clock, wall=wall, sink=sink)
        probing = asyncio.create_task(_probe(server, models, health))
        try:
            yield LlmClient(asker, models, wall=wall, policy=policy)
        finally:
            probing.cancel()
            await asker.idle()


async def _probe(server: ChatServer, models: tuple[str, ...], health: Health | None) -> None:
    """Say what the server says of itself; whatever it is, the rules can do without."""
    probe = await server.probe(models)
    log = structlog.get_logger()
    (log.info if probe.is_well else log.warning)("llm.probed", said=probe.said)
    if health is not None:
        health.remark("llm", probe.said)
