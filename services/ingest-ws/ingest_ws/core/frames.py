"""What is said to the market socket: one frame per mode and exchange type, whatever the number of tokens."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Action = Literal["subscribe", "unsubscribe"]

PING: Final = "ping"
_ACTIONS: Final = {"subscribe": 1, "unsubscribe": 0}


class Subscription(NamedTuple):
    """One token in one mode, which is what the broker counts."""

    mode: int
    exchange_type: int
    token: str


def frames(action: Action, subscriptions: Iterable[Subscription], *, first: int = 0) -> list[str]:
    """Return the fewest frames that say it; `first` numbers them, so that an error can name its frame."""
    grouped: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in sorted(subscriptions):
        grouped[each.mode, each.exchange_type].append(each.token)
    return [
        json.dumps(
            {
                "correlationID": _name(action, mode, exchange_type, first + number),
                "action": _ACTIONS[action],
                "params": {"mode": mode, "tokenList": [{"exchangeType": exchange_type, "tokens": tokens}]},
            },
            separators=(",", ":"),
        )
        for number, ((mode, exchange_type), tokens) in enumerate(grouped.items())
    ]


def _name(action: Action, mode: int, exchange_type: int, number: int) -> str:
    """Return ten letters and digits, as the broker asks for."""
    return f"{action[0]}m{mode}x{exchange_type:02d}{number % 10_000:04d}"
