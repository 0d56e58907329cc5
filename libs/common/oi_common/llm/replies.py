"""What a server said: the answer, or which kind of failure it was."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Literal

from pydantic import ValidationError

from oi_common.llm.requests import T

Because = Literal[
    # not sent at all
    "no_model",
    "price_unknown",
    "budget_spent",
    "budget_unknown",
    "circuit_open",
    "deadline",
    # sent, and not answered
    "timeout",
    "network",
    "rate_limited",
    "server_error",
    "refused",
    # answered, and of no use
    "not_json",
    "wrong_schema",
    "truncated",
]
REPAIRABLE: frozenset[Because] = frozenset({"not_json", "wrong_schema"})

_FENCED = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL)
_SAID_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer as it came over the wire; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer; `said` is for people, `retry_after` what the server asked for, in seconds."""

    because: Because
    said: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server says it used. None is what it did not say."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A reply, understood: `value` or `failure`; `text` is what the model wrote."""

    text: str
    usage: Usage
    value: T | None = None
    failure: Failure | None = None


def read(reply: HttpReply, answer: type[T], at: datetime) -> Read[T]:
    """Return what the reply means; never raises, whatever the body is."""
    raw = reply.body.decode(errors="replace")
    document = _document(raw)
    if reply.status != 200:
        return Read(raw, Usage(), failure=_refusal(reply.status, raw, reply.headers, at))
    if not isinstance(document, dict):
        return Read(raw, Usage(), failure=Failure("server_error", "the reply is no JSON object"))
    usage = _usage(document.get("usage"))
    if (error := document.get("error")) is not None:  # OpenRouter: the host failed after the 200
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) else 502
        return Read(raw, usage, failure=_refusal(status, raw, reply.headers, at))
    return _answered(document, usage, answer)


def _answered(document: dict[str, Any], usage: Usage, answer: type[T]) -> Read[T]:
    choice = _first(document.get("choices"))
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    text = _whole(content) if isinstance(content, str) else ""
    if choice.get("finish_reason") == "length":
        return Read(text, usage, failure=Failure("truncated", "the answer was cut off"))
    inner = _document(_unfenced(text))
    if not isinstance(inner, dict):
        return Read(text, usage, failure=Failure("not_json", "it is no JSON object"))
    try:
        return Read(text, usage, value=answer.model_validate(inner))
    except ValidationError as e:
        return Read(text, usage, failure=Failure("wrong_schema", _faults(e)))


def _refusal(status: int, raw: str, headers: Mapping[str, str], at: datetime) -> Failure:
    said = f"{status}: {raw[:_SAID_AT_MOST]}"
    if status in {408, 504}:
        return Failure("timeout", said)
    if status == 429:
        return Failure("rate_limited", said, retry_after=retry_after(headers.get("retry-after"), at))
    if status >= 500:
        return Failure("server_error", said, retry_after=retry_after(headers.get("retry-after"), at))
    return Failure("refused", said)


def retry_after(value: str | None, at: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for; None when it says nothing we understand."""
    if value is None:
        return None
    if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", value.strip(), re.ASCII):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - at).total_seconds()) if moment.tzinfo else None


def _usage(said: Any) -> Usage:
    if not isinstance(said, dict):
        return Usage()
    cost = _amount(said.get("cost"))
    details = said.get("cost_details")
    if cost is not None and said.get("is_byok") is True and isinstance(details, dict):
        # With a key of one's own at the host, `cost` is only OpenRouter's fee.
        cost += _amount(details.get("upstream_inference_cost")) or 0.0
    return Usage(_count(said.get("prompt_tokens")), _count(said.get("completion_tokens")), cost)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _amount(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e6 else None


def _first(choices: Any) -> dict[str, Any]:
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _document(text: str) -> Any:
    try:
        document = json.loads(text)
        # As `_whole`, for what was escaped in the text.
        return json.loads(_whole(json.dumps(document, ensure_ascii=False))) if "\\u" in text else document
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> str:
    """Return the text without halves of surrogate pairs: JSON can spell them, but nothing can keep them."""
    return text.encode(errors="replace").decode()


def _unfenced(text: str) -> str:
    fenced = _FENCED.match(text)
    return fenced.group(1) if fenced else text


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)[:_SAID_AT_MOST]
