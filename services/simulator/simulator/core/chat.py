"""The chat-completions endpoint: a request in, a model's reply out, right or faulty."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.core.chat_script import outdated, scripted, with_invented_strike

FAULTS: Final = (
    "ok",
    "slow",
    "rate_limited",
    "server_error",
    "not_json",
    "wrong_schema",
    "invented_strike",
    "outdated",
    "truncated",
)
MODELS: Final = (
    "openai/gpt-4o-mini",
    "qwen/qwen-2.5-7b-instruct",
    "qwen/qwen-2.5-72b-instruct",
    "deepseek/deepseek-chat",
)
_BYTES_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What goes out; `delay` is real seconds."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0


def model_list() -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]}


def chat_reply(body: bytes, fault: str, number: int, *, slow: float, retry_after: float) -> ChatReply:
    """Return the reply to the `number`th request; what is no chat request is refused with 400."""
    request = _object(body)
    messages = request.get("messages")
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages) or not messages:
        return ChatReply(400, _error(400, "messages: a list of messages is required"))
    if fault == "rate_limited":
        return ChatReply(429, _error(429, "rate limit exceeded"), {"Retry-After": f"{retry_after:g}"})
    if fault == "server_error":
        return ChatReply(500, _error(500, "internal error"))
    content = _content(request, messages, fault)
    said, reason = (content[: len(content) // 2], "length") if fault == "truncated" else (content, "stop")
    return _completed(request, messages, said, reason, number, delay=slow if fault == "slow" else 0.0)


def _content(request: Mapping[str, Any], messages: list[dict[str, Any]], fault: str) -> str:
    prompt = _prompt(messages)
    if fault == "not_json":
        return "I would rather buy a call here, the chart looks strong."
    if fault == "wrong_schema":
        return json.dumps({"decision": "MAYBE", "confidence": "high"})
    told = outdated(prompt) if fault == "outdated" else prompt
    answer = scripted(told, is_rich='"view"' in json.dumps(request.get("response_format", {})))
    if fault == "invented_strike":
        answer = with_invented_strike(answer, prompt)
    return json.dumps(answer)


def _completed(
    request: Mapping[str, Any],
    messages: list[dict[str, Any]],
    content: str,
    reason: str,
    number: int,
    *,
    delay: float,
) -> ChatReply:
    tokens_in = sum(len(str(each.get("content", "")).encode()) for each in messages) // _BYTES_PER_TOKEN
    tokens_out = len(content.encode()) // _BYTES_PER_TOKEN
    message = {"role": "assistant", "content": content}
    document = {
        "id": f"simulated-{number}",
        "object": "chat.completion",
        "model": request.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
    return ChatReply(200, document, delay=delay, tokens_in=tokens_in, tokens_out=tokens_out)


def _prompt(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last message that holds facts; a repair asks again without them."""
    told = [_object(str(each.get("content", "")).encode()) for each in messages if each.get("role") == "user"]
    return next((each for each in reversed(told) if "facts" in each), {})


def _object(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _error(code: int, said: str) -> dict[str, Any]:
    return {"error": {"message": said, "code": code}}
