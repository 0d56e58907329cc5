"""What must be true after a day of chaos; each check returns a line for everything that is not."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from oi_common.market.buckets import floor_to_3min
from oi_common.market.sessions import session_on, slot_of
from support.chaos.acts import Act, label_of
from support.chaos.analytics import analytics_differ
from support.chaos.day import Outcome
from support.chaos.plan import DAY, EVERY_SECONDS, SEGMENT, Plan
from support.chaos.truth import repaired_rows_are_true
from support.chaos.verdict import differences

HAND_OVER_WITHIN = 15.0
EVERY = timedelta(seconds=EVERY_SECONDS)
# Per second: what the broker lets in.
LIMITS = {"quote": 10, "getCandleData": 3, "history": 3, "optionGreek": 1, "loginByPassword": 1}


def always(
    outcome: Outcome, plan: Plan, schedule: Iterable[Act], *, struck: float = 1.0
) -> tuple[list[str], ...]:
    """Return what must hold whatever was struck; `struck` is the share of the faults that must have been."""
    return (
        everything_struck(outcome, schedule, struck),
        the_tables_are_the_fold(outcome),
        analytics_differ(outcome.analytics, outcome.stored)[:5],
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
    """What the broker answered is in the stream or on a disk, but for one slot for each kill of a poller.

    A full disk quota costs polls as well: those the pollers named. The bucket of each says which slot it missed.
    """
    there = {e["event_id"] for name, entries in outcome.entries.items() for e in entries if is_poll(name)}
    there |= {event["fields"]["event_id"] for event in spooled(outcome)} | refused_by_spool(outcome)
    answered = {
        f"polls:{chain.replace(' ', ':')}:{slot_of(datetime.fromisoformat(at), EVERY).isoformat()}"
        for chain, moments in outcome.stats["answered_at"].items()
        for at in moments
    }
    lost = sorted(answered - there)
    lines = [f"oi:polls: {name} was answered and is lost" for name in lost if not is_said(outcome, name)]
    if len(lost) > outcome.polls_killed:
        lines.append(f"oi:polls: {len(lost)} answered polls lost with {outcome.polls_killed} kills: {lost}")
    return lines


def is_said(outcome: Outcome, event_id: str) -> bool:
    """Say whether the bucket of a lost poll names the slot that it missed."""
    _, index, expiry, slot = event_id.split(":", 3)
    at = datetime.fromisoformat(slot)
    key = (floor_to_3min(at).replace(tzinfo=None), index, date.fromisoformat(expiry))
    return f"{at:%H:%M:%S}" in outcome.stored.chain_buckets[key]["polls_missed"]


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


def everything_struck(outcome: Outcome, schedule: Iterable[Act], least: float = 1.0) -> list[str]:
    """A fault that was planned but never struck proves nothing."""
    planned = {label for act in schedule for label in label_of(act)}
    missed = [label for label in sorted(planned) if not outcome.struck[label]]
    is_enough = len(planned) - len(missed) >= least * len(planned)
    return [] if is_enough else [f"{label} never struck" for label in missed]


def twice(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


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
