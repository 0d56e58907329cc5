"""Which decisions are published: not each second's, but each that says something new."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from oi_common.events import DecisionMade

Worth: TypeAlias = Literal["asked", "changed", "to_do", "heartbeat"]


@dataclass(frozen=True, slots=True)
class TellingPolicy:
    """By the service's clock: how soon what is still to be done is said again, and what has not changed."""

    again: timedelta = timedelta(seconds=10)
    heartbeat: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Told:
    """The last decision that was published: about which moment, and what is to be done."""

    at: datetime
    decision: str
    side: str | None
    strike: int | None

    def not_before(self, at: datetime) -> "Told":
        return replace(self, at=max(self.at, at))


def told_by(event: DecisionMade) -> Told:
    return Told(event.event_time, event.decision, event.side, event.strike)


def worth_telling(event: DecisionMade, last: Told | None, policy: TellingPolicy) -> Worth | None:
    """Return why a decision is published; None when it is not. What was paid for always is, so that it is scored."""
    if event.latency_ms is not None:
        return "asked"
    now = told_by(event)
    if last is None or (now.decision, now.side, now.strike) != (last.decision, last.side, last.strike):
        return "changed"
    since = event.event_time - last.at
    if event.decision in {"ENTER", "EXIT"} and since >= policy.again:
        return "to_do"
    return "heartbeat" if since >= policy.heartbeat else None
