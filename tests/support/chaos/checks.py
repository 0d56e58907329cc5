"""What must be true after a day of chaos; each check returns a line for everything that is not."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from oi_common.market.sessions import session_on
from support.chaos.acts import Act, label_of
from support.chaos.day import Outcome
from support.chaos.plan import DAY, SEGMENT, Plan
from support.chaos.truth import repaired_rows_are_true
from support.chaos.verdict import differences
from support.oracle_rows import Entry

HAND_OVER_WITHIN = 15.0
# Per second: what the broker lets in.
LIMITS = {"quote": 10, "getCandleData": 3, "history": 3, "optionGreek": 1, "loginByPassword": 1}


def always(outcome: Outcome, plan: Plan, schedule: Iterable[Act]) -> tuple[list[str], ...]:
    """Return what must hold whatever was struck."""
    return (
        everything_struck(outcome, schedule),
        the_tables_are_the_fold(outcome),
        nothing_is_missing(outcome),
        each_poll_is_there_once(outcome),
        every_answered_poll_is_there(outcome),
        repaired_rows_are_true(outcome, plan),
        the_limits_are_kept(outcome),
        leases_change_hands_in_time(outcome),
        the_processes_ended_well(outcome),
    )


def the_tables_are_the_fold(outcome: Outcome) -> list[str]:
    return differences(outcome.expected, outcome.stored)


def nothing_is_missing(outcome: Outcome) -> list[str]:
    """Every bucket of the day has its header, and none is missing that was not repaired."""
    session = session_on(SEGMENT, DAY)
    assert session is not None
    buckets = {bucket.replace(tzinfo=None) for bucket in session.buckets()}
    headers = outcome.stored.chain_buckets
    lines = [
        f"chain_buckets: {key} is still missing" for key, row in headers.items() if row["state"] == "missing"
    ]
    for chain in {key[1:] for key in headers}:
        known = {key[0] for key in headers if key[1:] == chain}
        lines += [f"chain_buckets: {chain} has no header at {time}" for time in sorted(buckets - known)]
    return lines


def each_poll_is_there_once(outcome: Outcome) -> list[str]:
    """No event id stands twice in a stream, and no change is announced twice."""
    lines = []
    for stream, entries in outcome.entries.items():
        lines += [
            f"{stream}: {name} stands there twice" for name in twice(entry["event_id"] for entry in entries)
        ]
    for index, names in outcome.announced.items():
        lines += [f"oi:changes of {index}: {name} is announced twice" for name in twice(names)]
    return lines


def every_answered_poll_is_there(outcome: Outcome) -> list[str]:
    """What the broker answered is in the stream, on a disk, or one of the few that a crash may cost."""
    answered = Counter(outcome.stats["chains_answered"])
    published = Counter(
        chain_of(e) for name, entries in outcome.entries.items() for e in entries if is_poll(name)
    )
    on_disk = Counter(event["fields"]["event_id"] for event in spooled(outcome))
    there = {entry["event_id"] for entries in outcome.entries.values() for entry in entries}
    waiting = sum(1 for name in on_disk if name.startswith("polls:") and name not in there)
    lost = sum((answered - published).values()) - waiting
    allowed = outcome.may_be_lost + len(refused_by_spool(outcome))
    if lost <= allowed:
        return []
    chains = {chain: number for chain, number in (answered - published).items() if number}
    return [f"oi:polls: {lost} answered polls are lost, at most {allowed} may be: {chains}"]


def the_limits_are_kept(outcome: Outcome) -> list[str]:
    stats = outcome.stats
    most = stats["most_in_a_second"]
    lines = [
        f"{name}: {most[name]} in a second" for name, limit in LIMITS.items() if most.get(name, 0) > limit
    ]
    refused = {name: number for name, number in stats["refused_by_limiter"].items() if number}
    return lines + ([f"the broker refused {refused}"] if refused else [])


def leases_change_hands_in_time(outcome: Outcome) -> list[str]:
    if outcome.longest_hand_over <= HAND_OVER_WITHIN:
        return []
    return [f"a lease changed hands after {outcome.longest_hand_over:.1f} s"]


def the_processes_ended_well(outcome: Outcome) -> list[str]:
    lines = [f"{name} ended with {code}" for name, code in outcome.exit_codes.items() if code]
    return lines + [f"{name} ended by itself: {codes}" for name, codes in outcome.ended_by_themselves.items()]


def everything_struck(outcome: Outcome, schedule: Iterable[Act]) -> list[str]:
    """A fault that was planned but never struck proves nothing."""
    planned = {label for act in schedule for label in label_of(act)}
    return [f"{label} never struck" for label in sorted(planned) if not outcome.struck[label]]


def twice(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


def chain_of(entry: Entry) -> str:
    return f"{entry['index_name']} {entry['expiry']}"


def is_poll(stream: str) -> bool:
    return stream.startswith("polls")


def spooled(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the events that still lie on the pollers' disks."""
    files = outcome.folder.glob("poller-*/spool/*.ndjson")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def refused_by_spool(outcome: Outcome) -> set[str]:
    """Return the polls that a full disk quota has cost, as the pollers logged them."""
    lines = (line for log in outcome.folder.glob("poller-*.log") for line in log.read_text().splitlines())
    said = (json.loads(line) for line in lines if '"spool.overflowed"' in line)
    return {one["lost"] for one in said if one["lost"].startswith("polls:")}
