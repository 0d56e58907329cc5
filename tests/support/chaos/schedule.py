"""When which fault strikes whom: drawn from a seed, before anything runs."""

from functools import partial
from random import Random

from support.chaos.acts import BROKER, CUTS, PAST_THE_LEASE, Act
from support.chaos.plan import Plan


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
            # After the last kill: a login waits up to half a minute for a fresh TOTP code.
            Act(rng.uniform(36, 38), "broker", "expire_tokens", terms={"expire_tokens": True}),
            Act(rng.uniform(38, 40), "fill_spool", "poller-1"),
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


SCHEDULES = {"consumers": consumers, "polling": polling, "scale": scale, "mixed": mixed}
