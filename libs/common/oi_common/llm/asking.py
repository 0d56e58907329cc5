"""One request to one model: reserved before, settled after, and told to the journal whatever happens."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

import structlog
from prometheus_client import Counter

from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.llm.billing import Bill, bill
from oi_common.llm.budget import Budget, Reservation
from oi_common.llm.calls import Call
from oi_common.llm.prices import Price, PriceList
from oi_common.llm.replies import Because, Failure, Read, Usage, read
from oi_common.llm.requests import Message, Question, T, most_tokens_in, prompt_hash, request_body
from oi_common.llm.server import ChatServer, NotSent

CALLS = Counter("oi_ai_calls", "Requests to models", ["loop", "model", "outcome"])
SPENT = Counter("oi_ai_spent_rupees", "Rupees counted against the budget", ["loop", "model"])

CallSink = Callable[[Call], None]


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What one request brought. `call` is None when nothing was sent."""

    text: str = ""
    value: T | None = None
    failure: Failure | None = None
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class _Request(Generic[T]):
    question: Question[T]
    messages: tuple[Message, ...]
    model: str
    attempt: int
    price: Price
    body: dict[str, Any]
    reservation: Reservation
    called_at: datetime
    began: float


@dataclass(frozen=True, slots=True)
class _Heard(Generic[T]):
    read: Read[T]
    status: int | None = None
    was_sent: bool = True


class Asker:
    """Sends single requests. `clock` is the service's; `wall` is real time, by which money is counted."""

    def __init__(
        self,
        server: ChatServer,
        budget: Budget,
        prices: PriceList,
        *,
        clock: Clock,
        wall: Clock,
        sink: CallSink,
    ) -> None:
        self._server = server
        self._budget = budget
        self._prices = prices
        self._clock = clock
        self._wall = wall
        self._sink = sink
        self._settling: set[asyncio.Task[None]] = set()

    async def ask(
        self,
        question: Question[T],
        messages: tuple[Message, ...],
        model: str,
        *,
        attempt: int,
        within: float,
    ) -> Asked[T]:
        """Return what the model answers within so many real seconds; failures are values."""
        began = time.monotonic()
        price = self._prices.of(model)
        if price is None:
            return _not_sent("price_unknown", f"no price of {model} is known: see LLM_PRICES")
        body = request_body(question, messages, model, price, self._server.endpoint)
        worst = self._prices.cost(price, most_tokens_in(body), question.max_tokens)
        try:
            async with asyncio.timeout(within):
                reservation = await self._budget.reserve(worst, self._wall.now())
        except (Unavailable, TimeoutError) as e:
            return _not_sent("budget_unknown", str(e))
        if reservation is None:
            return _not_sent("budget_spent", "the day's budget does not hold the call")
        request = _Request(
            question, messages, model, attempt, price, body, reservation, self._clock.now(), time.monotonic()
        )
        return await self._settled(request, began + within)

    async def idle(self) -> None:
        """Wait until every reservation that is to be settled has been."""
        await asyncio.gather(*self._settling)

    async def _settled(self, request: _Request[T], ends: float) -> Asked[T]:
        try:
            heard = await self._heard(request, ends - time.monotonic())
        except asyncio.CancelledError:
            lost: _Heard[T] = _Heard(_nothing("timeout", "broken off"))
            self._note(request, lost, Bill(request.reservation.amount, "reserved"))
            raise
        cost = bill(
            self._prices,
            request.price,
            request.reservation.amount,
            was_sent=heard.was_sent,
            status=heard.status,
            usage=heard.read.usage,
        )
        self._settle_soon(request.reservation, cost.cost)
        call = self._note(request, heard, cost)
        return Asked(heard.read.text, heard.read.value, heard.read.failure, call)

    async def _heard(self, request: _Request[T], within: float) -> _Heard[T]:
        try:
            async with asyncio.timeout(max(within, 0.0)):
                reply = await self._server.complete(request.body)
        except TimeoutError:
            return _Heard(_nothing("timeout", f"no answer within {within:.1f} s"))
        except Unavailable as e:
            return _Heard(_nothing("network", str(e)), was_sent=not isinstance(e, NotSent))
        return _Heard(read(reply, request.question.answer, self._wall.now()), reply.status)

    def _settle_soon(self, reservation: Reservation, cost: int) -> None:
        """Settle beside the work: the caller's time is not spent on it."""
        if cost != reservation.amount:
            task = asyncio.create_task(self._settle(reservation, cost))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _settle(self, reservation: Reservation, cost: int) -> None:
        try:
            await self._budget.settle(reservation, cost)
        except Unavailable as e:
            # The worst case stays counted, which is on the safe side.
            structlog.get_logger().warning("budget.not_settled", error=str(e))

    def _note(self, request: _Request[T], heard: _Heard[T], cost: Bill) -> Call:
        call = _call(request, heard, cost)
        CALLS.labels(call.loop, call.model, call.outcome).inc()
        SPENT.labels(call.loop, call.model).inc(call.cost_inr)
        self._sink(call)
        return call


def _call(request: _Request[T], heard: _Heard[T], cost: Bill) -> Call:
    failure, usage = heard.read.failure, heard.read.usage
    return Call(
        call_id=secrets.token_hex(16),
        loop=request.question.loop,
        index_name=request.question.index_name,
        event_id=request.question.event_id,
        model=request.model,
        attempt=request.attempt,
        called_at=request.called_at,
        messages=request.messages,
        prompt_hash=prompt_hash(request.messages),
        response=heard.read.text,
        outcome=failure.because if failure else "ok",
        said=failure.said if failure else "",
        status=heard.status,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost=cost.cost,
        cost_from=cost.source,
        billed_on=request.reservation.day,
        latency_ms=(time.monotonic() - request.began) * 1000,
    )


def _nothing(because: Because, said: str) -> Read[T]:
    return Read("", Usage(), failure=Failure(because, said))


def _not_sent(because: Because, said: str) -> Asked[T]:
    return Asked(failure=Failure(because, said))
