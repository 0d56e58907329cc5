"""The deep loop of one partition: events draw the picture, and some of them are triggers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ai_rich.core.picture import Picture, with_changes, with_snapshot
from ai_rich.core.triggers import Trigger, of_change, of_snapshot
from ai_rich.metrics import TRIGGERS
from oi_common.clock import Clock
from oi_common.effects import NOTHING, Effects
from oi_common.errors import Unprocessable
from oi_common.events import OiChanged, SnapshotSaved


class Past(Protocol):
    """What the tables tell of the last half hour."""

    async def pictures(self, now: datetime) -> Mapping[date, Picture]: ...


class Memory(Protocol):
    """The partition's state hash in Redis."""

    async def decided(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Deferred(Effects):
    """The entry is a trigger: it is acknowledged with the decision that it leads to."""

    trigger: Trigger | None = None


class RichLoop:
    """What is known of one partition. `decided` is the moment that was decided upon last."""

    def __init__(self, partition: str, past: Past, memory: Memory, clock: Clock, *, least: float) -> None:
        self._partition = partition
        self._past = past
        self._memory = memory
        self._clock = clock
        self._least = least
        self._pictures: dict[date, Picture] = {}
        self.decided: datetime | None = None

    async def restore(self) -> None:
        """Take up what the tables tell, and how far decisions have come."""
        self._pictures = dict(await self._past.pictures(self._clock.now()))
        self.decided = await self._memory.decided()

    def picture(self, expiry: date) -> Picture:
        return self._pictures.get(expiry, Picture(expiry))

    def is_covered(self, trigger: Trigger) -> bool:
        """Say whether a decision about this moment, or a later one, is published already."""
        return self.decided is not None and trigger.moment <= self.decided

    async def on_change(self, event: OiChanged) -> Effects:
        """Take note of what a poll changed. Raises Unprocessable for an event that belongs elsewhere."""
        self._own(event.index_name)
        self._pictures[event.expiry] = with_changes(self.picture(event.expiry), event)
        return self._judged(event.expiry, event.feed_time, of_change(event, self._least))

    async def on_snapshot(self, event: SnapshotSaved) -> Effects:
        """Take note of a bucket. Raises Unprocessable for an event that belongs elsewhere."""
        self._own(event.index_name)
        if event.source == "live":
            self._pictures[event.expiry] = with_snapshot(self.picture(event.expiry), event)
        if event.state == "saved":
            return NOTHING
        return self._judged(event.expiry, event.time, of_snapshot(event))

    def _judged(self, expiry: date, at: datetime, trigger: Trigger | None) -> Effects:
        if expiry != self._nearest(at.date()):
            return self._left("elsewhere")
        if trigger is None:
            return self._left("small")
        return self._left("covered") if self.is_covered(trigger) else Deferred(trigger=trigger)

    def _nearest(self, day: date) -> date | None:
        self._pictures = {expiry: each for expiry, each in self._pictures.items() if expiry >= day}
        return min(self._pictures, default=None)

    def _left(self, outcome: str) -> Effects:
        TRIGGERS.labels(self._partition, outcome).inc()
        return NOTHING

    def _own(self, index_name: str) -> None:
        if index_name != self._partition:
            raise Unprocessable(f"index_name: {index_name!r} does not belong to partition {self._partition}")
