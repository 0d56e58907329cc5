"""When which fault strikes whom: drawn from a seed, before anything runs."""

from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from support.chaos.plan import Plan
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


def consumers(rng: Random, plan: Plan) -> list[Act]:
    """Strike those who read, Redis and the database; the polls must come out as on an undisturbed day."""
    return sorted(
        [
            *(_kill(rng, at, "bucketer", plan) for at in (1, 12)),
            *(_kill(rng, at, "ingest-ws", plan) for at in (4, 19)),
            *_cuts(rng, "bucketer", plan, starts=3, apart=3.5),
            Act(
                rng.uniform(5, 8),
                "stumble",
                _owner(rng, plan),
                rng.uniform(*PAST_THE_LEASE),
                {"then": "freeze"},
            ),
            Act(
                rng.uniform(22, 25),
                "stumble",
                _owner(rng, plan),
                rng.uniform(*PAST_THE_LEASE),
                {"then": "freeze"},
            ),
            Act(rng.uniform(15, 17), "stumble", _owner(rng, plan), 0.0, {"then": "kill"}),
            Act(rng.uniform(38, 40), "stumble", _owner(rng, plan), 0.0, {"then": "kill"}),
            Act(rng.uniform(10, 14), "redis", lasts=rng.uniform(0.3, 3.5), terms={"held": True}),
            Act(rng.uniform(27, 32), "redis", lasts=rng.uniform(0.3, 3.5), terms={"held": True}),
            Act(rng.uniform(33, 36), "database", lasts=rng.uniform(0.5, 2)),
            *(
                Act(at, "rewind", rng.choice(plan.indices), terms={"entries": rng.randint(5, 80)})
                for at in (20, 37)
            ),
        ],
        key=lambda act: act.at,
    )


def _kill(rng: Random, at: float, service: str, plan: Plan) -> Act:
    return Act(at + rng.uniform(0, 2), "kill", rng.choice(plan.instances(service)), rng.uniform(0, 1.5))


def _cuts(rng: Random, service: str, plan: Plan, *, starts: float, apart: float) -> list[Act]:
    """Cut each wire in each way once."""
    ways = [(server, mode) for server in ("redis", "database") for mode in CUTS]
    rng.shuffle(ways)
    return [
        Act(
            starts + number * apart + rng.uniform(0, apart),
            "cut",
            _owner(rng, plan, service),
            rng.uniform(1.0, 3.0),
            {"server": server, "mode": mode},
        )
        for number, (server, mode) in enumerate(ways)
    ]


def _owner(rng: Random, plan: Plan, service: str = "bucketer") -> str:
    """Return a way to name whoever owns a partition when the time has come."""
    return f"owner:{service}:{rng.choice(plan.indices)}"


def polling(rng: Random, plan: Plan) -> list[Act]:
    """Strike everyone, the poller first, and let the broker fail in every way."""
    return sorted(
        [
            *(_kill(rng, at, "poller", plan) for at in (3, 21, 33)),
            Act(rng.uniform(8, 10), "freeze", "poller-1", rng.uniform(4, 6)),
            Act(rng.uniform(26, 28), "freeze", "poller-1", rng.uniform(1, 2)),
            *_cuts(rng, "poller", plan, starts=1, apart=4.5),
            *(_kill(rng, at, "bucketer", plan) for at in (6, 24)),
            *_cuts(rng, "ingest-ws", plan, starts=2, apart=4.5)[:4],
            Act(rng.uniform(12, 14), "redis", lasts=rng.uniform(0.5, 4)),
            Act(rng.uniform(17, 19), "database", lasts=rng.uniform(0.5, 3)),
            # After the last kill: one who dies while logging in leaves its lock for a hundred seconds.
            Act(rng.uniform(36, 38), "broker", "expire_tokens", terms={"expire_tokens": True}),
            *_broker(rng, starts=1, apart=1.8),
        ],
        key=lambda act: act.at,
    )


def scale(rng: Random, plan: Plan) -> list[Act]:
    """Let replicas come, go, die, sleep past their leases and be cut off."""
    past = partial(rng.uniform, *PAST_THE_LEASE)
    return sorted(
        [
            Act(rng.uniform(1, 3), "stumble", _owner(rng, plan), past(), {"then": "freeze"}),
            Act(rng.uniform(4, 6), "freeze", _owner(rng, plan, "poller"), past()),
            Act(rng.uniform(8, 10), "leave", _any(rng, plan, "ingest-ws"), rng.uniform(1, 8)),
            Act(rng.uniform(16, 17), "stumble", _owner(rng, plan), past(), {"then": "kill"}),
            Act(rng.uniform(18, 20), "leave", _owner(rng, plan), rng.uniform(1, 8)),
            Act(rng.uniform(19, 21), "leave", _owner(rng, plan, "poller"), rng.uniform(1, 5)),
            Act(rng.uniform(22, 23), "stumble", _owner(rng, plan), past(), {"then": "freeze"}),
            Act(
                rng.uniform(26, 28),
                "cut",
                _owner(rng, plan),
                past(),
                {"server": "redis", "mode": rng.choice(CUTS)},
            ),
            Act(rng.uniform(29, 31), "kill", _owner(rng, plan, "poller"), past()),
            Act(rng.uniform(30, 32), "redis", lasts=rng.uniform(0.5, 3)),
            Act(rng.uniform(38, 40), "stumble", _owner(rng, plan), past(), {"then": "freeze"}),
            Act(rng.uniform(41, 43), "freeze", _any(rng, plan, "ingest-ws"), past()),
            Act(rng.uniform(14, 15), "rewind", rng.choice(plan.indices), terms={"entries": 40}),
            *_broker(rng, starts=5, apart=2.5),
        ],
        key=lambda act: act.at,
    )


def mixed(rng: Random, plan: Plan) -> list[Act]:
    """A little of everything, for a short run."""
    return sorted(
        [
            Act(
                rng.uniform(1, 2),
                "stumble",
                _owner(rng, plan),
                rng.uniform(*PAST_THE_LEASE),
                {"then": "freeze"},
            ),
            Act(
                rng.uniform(24, 26),
                "stumble",
                _owner(rng, plan),
                rng.uniform(*PAST_THE_LEASE),
                {"then": "freeze"},
            ),
            _kill(rng, 3, "poller", plan),
            *_cuts(rng, "bucketer", plan, starts=2, apart=2.5)[:5],
            *_cuts(rng, "poller", plan, starts=3, apart=3.5)[:3],
            _kill(rng, 5, "ingest-ws", plan),
            Act(rng.uniform(9, 10), "redis", lasts=rng.uniform(0.5, 2)),
            Act(rng.uniform(15, 16), "stumble", _owner(rng, plan), 0.0, {"then": "kill"}),
            Act(rng.uniform(17, 18), "freeze", "poller-1", rng.uniform(3.5, 4.5)),
            Act(rng.uniform(13, 14), "rewind", rng.choice(plan.indices), terms={"entries": 30}),
            *_broker(rng, starts=1, apart=0.8),
        ],
        key=lambda act: act.at,
    )


def _broker(rng: Random, *, starts: float, apart: float) -> list[Act]:
    """Let the broker fail in each way once, in some order."""
    ways = list(BROKER)
    rng.shuffle(ways)
    return [
        Act(starts + number * apart + rng.uniform(0, apart), "broker", way, terms={way: BROKER[way]})
        for number, way in enumerate(ways)
    ]


def _any(rng: Random, plan: Plan, service: str) -> str:
    return rng.choice(plan.instances(service))


def label_of(act: Act) -> list[str]:
    """Return what the director, or the broker's own count, says when the act has struck."""
    service = act.who.split(":")[1] if act.who.startswith("owner:") else act.who.rsplit("-", 1)[0]
    if act.kind in {"redis", "database"}:
        return [f"restart {act.kind}"]
    if act.kind == "stumble":
        return ["restart database", f"{act.terms['then']} in catch-up"]
    if act.kind == "cut":
        return [f"cut {service} {act.terms['server']} {act.terms['mode']}"]
    return (
        ["rewind"] if act.kind == "rewind" else [f"{act.kind} {act.who if act.kind == 'broker' else service}"]
    )


SCHEDULES = {"consumers": consumers, "polling": polling, "scale": scale, "mixed": mixed}
