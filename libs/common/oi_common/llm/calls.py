"""One request to a model, as it is kept: in `ai_calls`, as NDJSON, and as text for a person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from oi_common.llm.prices import MICRO
from oi_common.llm.requests import Message
from oi_common.logs import redacted
from oi_common.market.buckets import IST, utc_naive

CostFrom = Literal["reported", "priced", "reserved", "none"]


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, what came back, and what it cost (in millionths of a rupee)."""

    call_id: str
    loop: str
    index_name: str
    event_id: str
    model: str
    attempt: int
    called_at: datetime
    messages: tuple[Message, ...]
    prompt_hash: str
    response: str
    outcome: str
    said: str
    status: int | None
    tokens_in: int | None
    tokens_out: int | None
    cost: int
    cost_from: CostFrom
    billed_on: date
    latency_ms: float

    @property
    def cost_inr(self) -> float:
        return self.cost / MICRO


def call_row(call: Call) -> dict[str, Any]:
    """Return the call as a row of `ai_calls`."""
    return {
        "call_id": call.call_id,
        "called_at": utc_naive(call.called_at),
        "loop": call.loop,
        "index_name": call.index_name,
        "event_id": call.event_id,
        "model": call.model[:100],
        "attempt": call.attempt,
        "prompt_hash": call.prompt_hash,
        "outcome": call.outcome,
        "status": call.status,
        "tokens_in": call.tokens_in,
        "tokens_out": call.tokens_out,
        "cost_inr": call.cost_inr,
        "cost_from": call.cost_from,
        "billed_on": call.billed_on,
        "latency_ms": round(call.latency_ms, 3),
    }


def as_line(call: Call) -> str:
    """Return the call as one line of NDJSON, without secrets."""
    facts: dict[str, Any] = {
        **call_row(call),
        "called_at": call.called_at.astimezone(IST).isoformat(),
        "billed_on": call.billed_on.isoformat(),
        "said": redacted(call.said),
        "messages": _redacted(call.messages),
        "response": redacted(call.response),
    }
    return json.dumps(facts, ensure_ascii=False) + "\n"


def as_text(call: Call) -> str:
    """Return the call as a person reads it, without secrets."""
    asked = "\n".join(f"--- {m['role']}\n{m['content']}" for m in _redacted(call.messages))
    return (
        f"===== {call.called_at.astimezone(IST):%Y-%m-%d %H:%M:%S} {call.loop} {call.index_name} {call.model}"
        f" (request {call.attempt})\n{asked}\n--- answer: {call.outcome} {redacted(call.said)}\n"
        f"{redacted(call.response)}\n--- {call.latency_ms:.0f} ms, {call.tokens_in} + {call.tokens_out} tokens, "
        f"₹{call.cost_inr:.4f} ({call.cost_from})\n\n"
    )


def _redacted(messages: Sequence[Message]) -> list[Mapping[str, str]]:
    return [{name: redacted(text) for name, text in message.items()} for message in messages]
