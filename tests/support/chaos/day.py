"""One day of chaos from its opening to its last entry, and what it has left behind."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from support.chaos.acts import Act
from support.chaos.analytics import undisturbed_analytics
from support.chaos.director import Director
from support.chaos.plan import Plan
from support.chaos.reading import count_rows, entries_in, stored_tables
from support.chaos.stage import Stage, stage, start_services
from support.chaos.verdict import expected_tables
from support.chaos.watching import LeaseWatch, lease_key
from support.oracle_rows import Entry
from support.oracle_tables import Tables
from support.proxy import Mode

STREAMS = ("polls", "candles", "greeks", "backfill", "days")
_REPAIRED_WITHIN = 240.0
# Deadlines for a machine that has other things to do; a day takes a minute or two on an idle one.
_DAY_WITHIN = 1200.0
_DRAINED_WITHIN = 180.0
_RECORDED_WITHIN = 240.0
_STARTED_WITHIN = 8.0  # on a machine that does nothing else
_SLOWEST = 2.5


@dataclass
class Outcome:
    """What is to be judged."""

    name: str
    folder: Path
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    announced: dict[str, list[str]] = field(default_factory=dict)
    expected: Tables = field(default_factory=Tables)
    stored: Tables = field(default_factory=Tables)
    analytics: Tables = field(default_factory=Tables)
    stats: dict[str, Any] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    ended_by_themselves: dict[str, list[int]] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    hand_overs: int = 0
    longest_hand_over: float = 0.0
    seconds: float = 0.0

    @property
    def polls_killed(self) -> int:
        """Return how many times a poller was killed: each may take the poll in its hands with it."""
        return sum(n for label, n in self.struck.items() if label.startswith("kill") and "poller" in label)


def play(
    name: str,
    plan: Plan,
    folder: Path,
    schedule: Sequence[Act] = (),
    beside: Callable[[Stage], None] = lambda _: None,
) -> Outcome:
    """Play a day under the faults of a schedule. `beside` may add to the crew; what it adds is stopped last."""
    with stage(plan, folder) as built:
        keys = [lease_key(service, index) for service in ("bucketer", "poller") for index in plan.indices]
        watch = LeaseWatch(built.redis, tuple(keys))
        director = Director(built, watch, list(schedule))
        built.each_moment += [watch.look, director.look]
        start_services(built)
        beside(built)
        _play(built, director)
        outcome = Outcome(name, folder, struck=director.struck, stats=built.ask("/simulator/stats"))
        outcome.struck.update({f"broker {way}": number for way, number in outcome.stats["faults"].items()})
        _collect(built, outcome, watch)
        outcome.seconds = time.monotonic() - built.began
        return outcome


def _play(built: Stage, director: Director) -> None:
    started = time.monotonic()
    built.wait_until(lambda: _has_polls(built), within=90, what=lambda: "the first poll")
    director.begin(slowness=_slowness(time.monotonic() - started))
    built.wait_until(
        lambda: director.is_done and _is_over(built), within=_DAY_WITHIN, what=lambda: _where(built)
    )
    built.crew.heal()
    for wire in built.wires.values():
        if wire.mode is not Mode.PASS:
            wire.turn(Mode.PASS)
    built.ask("/simulator/faults", method="DELETE")
    built.say("the day is over")
    if built.plan.instances("bucketer"):
        built.wait_until(
            lambda: not undrained(built), within=_DRAINED_WITHIN, what=lambda: f"{undrained(built)} drained"
        )
        built.wait_until(lambda: not unsettled(built), within=_REPAIRED_WITHIN, what=lambda: unsettled(built))


def _slowness(first_poll_after: float) -> float:
    """Say how busy the machine is with other things, by how long the services took to start."""
    return min(_SLOWEST, max(1.0, first_poll_after / _STARTED_WITHIN))


def _has_polls(built: Stage) -> bool:
    return all(built.redis.exists(f"oi:polls:{{{index}}}") for index in built.plan.indices)


def _is_over(built: Stage) -> bool:
    now = built.exchange_time()
    return (now.hour, now.minute) >= (15, 47) if built.plan.until is None else now.time() >= built.plan.until


def _where(built: Stage) -> str:
    return f"the close ({built.exchange_time():%H:%M:%S})"


def undrained(built: Stage) -> list[str]:
    """Return the streams that the bucketer's group has not acknowledged to the end."""
    names = [f"oi:{kind}:{{{index}}}" for index in built.plan.indices for kind in STREAMS]
    try:
        return [name for name in names if not _is_drained(built.redis, name)]
    except (redis.RedisError, OSError):
        return names


def unsettled(built: Stage) -> str:
    """Return what is still to come: the day's end, a repair, an entry that nobody has handled."""
    # A group that was created before anything came has made the stream, without an entry.
    open_days = [index for index in built.plan.indices if not built.redis.xlen(f"oi:days:{{{index}}}")]
    if open_days:
        return f"the day's end of {', '.join(open_days)} at {built.exchange_time():%H:%M:%S}"
    if missing := count_rows(
        built.database_url, "SELECT count(*) FROM chain_buckets WHERE state = 'missing'"
    ):
        return f"{missing} buckets repaired at {built.exchange_time():%H:%M:%S}"
    return ", ".join(undrained(built))


def _is_drained(client: Any, stream: str) -> bool:
    if not client.exists(stream):
        return True
    groups = [group for group in client.xinfo_groups(stream) if group["name"] == "bucketer"]
    last = client.xinfo_stream(stream)["last-generated-id"]
    return bool(groups) and groups[0]["pending"] == 0 and groups[0]["last-delivered-id"] == last


def _collect(built: Stage, outcome: Outcome, watch: LeaseWatch) -> None:
    plan, crew = built.plan, built.crew
    outcome.exit_codes = crew.stop(list(plan.all_instances))
    crew.stop([name for name in crew.members if name.startswith("recorder")], within=_RECORDED_WITHIN)
    outcome.deaths = crew.deaths
    outcome.ended_by_themselves = {n: m.ended_by_itself for n, m in crew.members.items() if m.ended_by_itself}
    outcome.hand_overs, outcome.longest_hand_over = watch.hand_overs, watch.longest
    for index in plan.indices:
        for kind in STREAMS:
            outcome.entries[f"{kind} {index}"] = entries_in(built.redis, kind, index)
        changes: Any = built.redis.xrange(f"oi:changes:{{{index}}}")
        outcome.announced[index] = [fields["event_id"] for _, fields in changes]
    if plan.instances("bucketer"):
        outcome.expected = expected_tables(built.redis, plan)
        outcome.stored = stored_tables(built.database_url)
        outcome.analytics = undisturbed_analytics(built.redis, plan)
