"""What a socket's client wants to hear, and the broker's rules about it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from simulator.core.packets import Mode

MOST_SUBSCRIPTIONS: Final = 1000
_SUBSCRIBE, _UNSUBSCRIBE = 1, 0
# Mode 4 (20-level depth) was announced as withdrawn on 25 April 2025.
_MODES: Final = {1, 2, 3}
_EXCHANGE_TYPES: Final = {1, 2, 3, 4, 5, 7, 13}
_MESSAGES: Final = {
    "E1001": "Invalid Request Payload.",
    "E1002": "Invalid Request. Subscription Limit Exceeded",
}

Subscription = tuple[Mode, int, str]  # mode, exchange type, token


@dataclass(frozen=True, slots=True)
class Wish:
    """One well-formed request of a client."""

    action: Literal[0, 1]
    subscriptions: tuple[Subscription, ...]
    correlation: str


class BadWish(ValueError):
    """A request that cannot be read; `correlation` is what it called itself."""

    def __init__(self, correlation: str) -> None:
        super().__init__("malformed subscription request")
        self.correlation = correlation


def parse_wish(text: str) -> Wish:
    try:
        message = json.loads(text)
    except ValueError as e:
        raise BadWish("") from e
    correlation = str(message.get("correlationID", "")) if isinstance(message, dict) else ""
    try:
        params = message["params"]
        if message["action"] not in {_SUBSCRIBE, _UNSUBSCRIBE} or params["mode"] not in _MODES:
            raise BadWish(correlation)
        wanted = tuple(_wanted(params["mode"], params["tokenList"]))
    except (KeyError, TypeError, ValueError) as e:
        raise BadWish(correlation) from e
    return Wish(message["action"], wanted, correlation)


def _wanted(mode: Mode, token_list: list[dict[str, Any]]) -> Iterator[Subscription]:
    for of_one in token_list:
        if of_one["exchangeType"] not in _EXCHANGE_TYPES or not isinstance(of_one["tokens"], list):
            raise ValueError("unknown exchange type or no list of tokens")
        for token in of_one["tokens"]:
            yield mode, of_one["exchangeType"], str(token)


def error_text(code: str, correlation: str) -> str:
    return json.dumps({"correlationID": correlation, "errorCode": code, "errorMessage": _MESSAGES[code]})


@dataclass(slots=True)
class Subscriptions:
    """One socket's subscriptions, counted per token and mode."""

    _held: dict[Subscription, None] = field(default_factory=dict)

    def apply(self, wish: Wish) -> tuple[Subscription, ...] | None:
        """Return what is new; None when the wish goes over the limit, and then nothing changes."""
        if wish.action == _UNSUBSCRIBE:
            for each in wish.subscriptions:
                self._held.pop(each, None)
            return ()
        new = tuple(each for each in dict.fromkeys(wish.subscriptions) if each not in self._held)
        if len(self._held) + len(new) > MOST_SUBSCRIPTIONS:
            return None
        self._held |= dict.fromkeys(new)
        return new

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._held))

    def __len__(self) -> int:
        return len(self._held)
