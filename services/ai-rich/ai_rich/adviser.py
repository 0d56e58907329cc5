"""One decision: the market is looked at, the desk decides, the table keeps it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from ai_rich.core.facts import more_facts
from ai_rich.core.picture import Picture
from ai_rich.core.situations import Seen, situation
from ai_rich.core.triggers import Trigger
from ai_rich.core.wording import by_model, by_rules
from ai_rich.handlers import RichLoop
from ai_rich.metrics import SECONDS
from oi_common.advice import Decided, Desk
from oi_common.clock import Clock
from oi_common.connections import REDIS_DOWN
from oi_common.errors import Unavailable
from oi_common.events import DecisionMade

_LOOK_AGAIN = 1.0  # seconds of real time between two looks at the market while a model is asked


class Market(Protocol):
    """The newest ticks and the open position."""

    async def look(self, expiry: date, at: datetime) -> Seen: ...


class Records(Protocol):
    """The table of decisions; it refuses those of a replica that owns the partition no longer."""

    async def kept(self, event_id: str) -> DecisionMade | None: ...

    async def keep(self, decided: Decided) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, in real time; how old a trigger, and a question, may be."""

    within: timedelta
    oldest: timedelta
    oldest_asked: timedelta


class Adviser:
    """Makes the decisions of one partition."""

    def __init__(
        self,
        loop: RichLoop,
        desk: Desk,
        market: Market,
        records: Records,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._loop = loop
        self._desk = desk
        self._market = market
        self._records = records
        self._clock = clock
        self._patience = patience
        self._made: Decided | None = None  # and not in the table yet

    def is_stale(self, trigger: Trigger) -> bool:
        """Say whether it is too late to decide upon a trigger."""
        has_made = self._made is not None and self._made.event.event_time == trigger.moment
        return not has_made and self._clock.now() - trigger.moment > self._patience.oldest

    async def decided(self, trigger: Trigger) -> DecisionMade:
        """Return the decision on a trigger once it is in the table.

        Raises Unavailable, then it can be asked for again and no model is asked twice; LeaseLost.
        """
        if self._made is None or self._made.event.event_time != trigger.moment:
            began = time.monotonic()
            self._made = await self._decide(trigger)
            SECONDS.labels(trigger.index_name).observe(time.monotonic() - began)
        made = self._made
        await self._records.keep(made)
        self._made = None
        return made.event

    async def _decide(self, trigger: Trigger) -> Decided:
        picture = self._loop.picture(trigger.expiry)
        seen = await self._market.look(trigger.expiry, trigger.moment)
        it = situation(trigger.index_name, trigger.moment, picture, seen)
        latest = _Latest(seen)
        following = asyncio.create_task(self._follow(latest, trigger))
        try:
            decided = await self._desk.decide(
                it,
                within=self._patience.within,
                ask=self._not_asked(trigger),
                latest=lambda: situation(it.index_name, it.at, picture, latest.seen),
                more=more_facts(trigger, picture, it),
            )
        finally:
            following.cancel()
        return _worded(decided, picture)

    def _not_asked(self, trigger: Trigger) -> str | None:
        """Say why no model is asked: its answer would be about the past."""
        is_old = self._clock.now() - trigger.moment > self._patience.oldest_asked
        return "too_late" if is_old else None

    async def _follow(self, latest: "_Latest", trigger: Trigger) -> None:
        """Look at the market again and again: the answer is judged by what is true when it comes."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN)
            with suppress(Unavailable, *REDIS_DOWN):
                latest.seen = await self._market.look(trigger.expiry, self._clock.now())


@dataclass(slots=True)
class _Latest:
    """What was seen last."""

    seen: Seen


def _worded(decided: Decided, picture: Picture) -> Decided:
    """Return the decision with a reason that a person can read on its own."""
    event = decided.event
    is_advised = event.engine == "llm" and decided.proposed is not None
    reason = (
        by_model(event, decided.proposed or {}) if is_advised else by_rules(event, decided.situation, picture)
    )
    return replace(decided, event=event.model_copy(update={"reason": reason}))
