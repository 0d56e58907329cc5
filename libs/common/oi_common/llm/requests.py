"""What is sent to a model, as the OpenAI-compatible servers take it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from oi_common.llm.prices import Price
from oi_common.llm.schemas import strict_schema

T = TypeVar("T", bound=BaseModel)

Structured = Literal["json_schema", "json_object", "none"]
Message: TypeAlias = Mapping[str, str]

# A token is at least one byte of text; what servers put around each message is a handful of tokens.
_AROUND_A_MESSAGE: Final = 16
_AROUND_ALL: Final = 64
_QUOTED_AT_MOST: Final = 2000  # characters of a wrong answer that go back for repair


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server; the key stays out of every representation."""

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    structured: Structured = "json_schema"

    @property
    def is_openrouter(self) -> bool:
        return self.base_url.startswith("https://openrouter.ai/")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked: the messages, and the form of the answer. `event_id` names the decision it is for."""

    loop: str
    index_name: str
    event_id: str
    messages: tuple[Message, ...]
    answer: type[T]
    max_tokens: int = 400
    temperature: float = 0.2


def request_body(
    question: Question[T], messages: Sequence[Message], model: str, price: Price, endpoint: Endpoint
) -> dict[str, Any]:
    """Return the body of the POST to `/chat/completions`."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [dict(message) for message in messages],
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
    }
    if endpoint.structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    elif endpoint.structured == "json_schema":
        schema = {"name": question.answer.__name__, "strict": True, "schema": strict_schema(question.answer)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if endpoint.is_openrouter:
        # It chooses among hosts of different prices: none that is dearer than what was reserved.
        body["provider"] = {"max_price": {"prompt": price.input_usd, "completion": price.output_usd}}
        body["usage"] = {"include": True}
    return body


def most_tokens_in(body: Mapping[str, Any]) -> int:
    """Return a number that the prompt's tokens do not exceed, whatever the model's tokenizer."""
    told = json.dumps([body["messages"], body.get("response_format")], ensure_ascii=False)
    return len(told.encode()) + _AROUND_A_MESSAGE * len(body["messages"]) + _AROUND_ALL


def prompt_hash(messages: Sequence[Message]) -> str:
    text = json.dumps([dict(message) for message in messages], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def with_repair(messages: Sequence[Message], said: str, wrong: str) -> tuple[Message, ...]:
    """Return the conversation that asks once more for what was wrong in the last answer."""
    asked = f"That answer cannot be used: {wrong}. Answer again with one JSON object of the required form, nothing else."
    return (
        *messages,
        {"role": "assistant", "content": said[:_QUOTED_AT_MOST]},
        {"role": "user", "content": asked},
    )
