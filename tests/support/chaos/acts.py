"""The faults there are: how each is told to the director, and what is counted when it has struck."""

from dataclasses import dataclass, field
from typing import Any, Final

from support.proxy import Mode

# Longer than a lease lasts: whoever sleeps so long wakes up to find another owner.
PAST_THE_LEASE = (11.5, 13.0)
# How each fails: how often, or for how many of the exchange's seconds. Logins are spared but by `expire_tokens`:
# a one-time password is good for one login in thirty real seconds.
BROKER: Final[dict[str, Any]] = {
    "rate_limited": {"times": 3, "endpoint": "quote"},
    "empty_body": {"times": 3, "endpoint": "quote"},
    "html_page": {"times": 3, "endpoint": "getCandleData"},
    "json_null": {"times": 3, "endpoint": "quote"},
    "missing_message": {"times": 3, "endpoint": "optionGreek"},
    "string_false": {"times": 3, "endpoint": "quote"},
    "error_type": {"times": 2, "endpoint": "quote"},
    "ab1021": {"times": 2},
    "ab1004_share": {"value": 0.7, "times": 4},
    "latency_ms": {"value": 150, "times": 8, "endpoint": "quote"},
    "unfetched_share": {"value": 0.3, "times": 3},
    "stale_feed_seconds": {"value": 400, "times": 3},
    "ws_reset": True,
    "ws_close": True,
    "ws_stall": {"times": 40},
    "ws_truncated": {"times": 5},
    "ws_text_garbage": {"times": 5},
    "ws_duplicate": {"times": 20},
}
CUTS = (Mode.REFUSE, Mode.RESET, Mode.BLACKHOLE, Mode.DEAF)


@dataclass(frozen=True, slots=True)
class Act:
    """One fault: `kind` is a method of the director, `at` seconds after the market opened, `who` its victim."""

    at: float
    kind: str
    who: str = ""
    lasts: float = 0.0
    terms: dict[str, Any] = field(default_factory=dict)


def service_of(instance: str) -> str:
    return instance.rsplit("-", 1)[0]


def label_of(act: Act) -> list[str]:
    """Return what the director, or the broker's own count, says when the act has struck."""
    service = act.who.split(":")[1] if act.who.startswith("owner:") else service_of(act.who)
    if act.kind in {"redis", "database"}:
        return [f"restart {act.kind}"]
    if act.kind == "stumble":
        return ["restart database", f"{act.terms['then']} in catch-up"]
    if act.kind == "cut":
        return [f"cut {service} {act.terms['server']} {act.terms['mode']}"]
    plain = {"rewind": "rewind", "fill_spool": "spool overflow"}
    return [plain.get(act.kind) or f"{act.kind} {act.who if act.kind == 'broker' else service}"]
