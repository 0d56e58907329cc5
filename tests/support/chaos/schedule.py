"""When which fault strikes whom: drawn from a seed, before anything runs."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from support.chaos.plan import Plan
from support.proxy import Mode

# Longer than a lease lasts: whoever sleeps so long wakes up to find another owner.
PAST_THE_LEASE = (11.5, 13.0)
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


SCHEDULES = {"consumers": consumers}
