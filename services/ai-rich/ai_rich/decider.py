"""Answers triggers one after the other, beside the consumer loop, which a slow model therefore never holds up.

A decision is written into the table, then published together with the acknowledgement of its trigger. Cut short
between the two, the successor finds it in the table and publishes that one.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

import structlog

from ai_rich.adviser import Adviser, Records
from ai_rich.core.triggers import Trigger
from ai_rich.core.waiting import Batch, Waiting
from ai_rich.handlers import RichLoop
from ai_rich.metrics import TRIGGERS
from oi_common.advice.decided import event_id_of
from oi_common.connections import REDIS_DOWN
from oi_common.effects import NOTHING, Effects, EntryRef
from oi_common.errors import Unavailable
from oi_common.events import DecisionMade
from oi_common.waiting import wait

_RETRY = timedelta(seconds=1)


class Writer(Protocol):
    """Publishes and acknowledges in one step."""

    async def commit(self, ref: EntryRef, effects: Effects) -> None: ...


class Decider:
    """The decisions of one partition, in the order of their triggers."""

    def __init__(self, loop: RichLoop, adviser: Adviser, records: Records) -> None:
        self._loop = loop
        self._adviser = adviser
        self._records = records
        self._waiting = Waiting[EntryRef]()
        self._arrived = asyncio.Event()

    def offer(self, ref: EntryRef, trigger: Trigger) -> None:
        """Let a trigger wait for its decision."""
        self._waiting.offer(ref, trigger)
        self._arrived.set()

    async def run(self, writer: Writer, stop: asyncio.Event) -> None:
        """Decide until `stop`, which cuts a question short. Raises LeaseLost."""
        while not stop.is_set():
            batch = self._waiting.take()
            try:
                if batch is None:
                    self._arrived.clear()
                    await _unless(stop, self._arrived.wait())
                else:
                    await _unless(stop, self._answer(batch, writer))
            except (Unavailable, *REDIS_DOWN) as e:
                self._waiting.give_back()
                structlog.get_logger().warning("decider.waiting", error=str(e) or type(e).__name__)
                await wait(stop, _RETRY)

    async def _answer(self, batch: Batch[EntryRef], writer: Writer) -> None:
        beside = await self._without_kept(batch.beside, writer)
        outcome = await self._lead(batch.lead, batch.trigger, writer)
        for ref, trigger in beside.items():
            await self._close(ref, trigger, writer, "stale" if outcome == "stale" else "coalesced")

    async def _without_kept(
        self, beside: Mapping[EntryRef, Trigger], writer: Writer
    ) -> dict[EntryRef, Trigger]:
        """Publish what was decided before we were cut short, and return the others."""
        left = {}
        for ref, trigger in sorted(beside.items(), key=lambda pair: pair[1].moment):
            if (kept := await self._kept(trigger)) is None:
                left[ref] = trigger
            else:
                await self._publish(ref, trigger, kept, writer, "repeated")
        return left

    async def _lead(self, ref: EntryRef, trigger: Trigger, writer: Writer) -> str:
        """Decide upon the newest trigger, and return what came of it."""
        if self._loop.is_covered(trigger):
            return await self._close(ref, trigger, writer, "covered")
        if (kept := await self._kept(trigger)) is not None:
            return await self._publish(ref, trigger, kept, writer, "repeated")
        if self._adviser.is_stale(trigger):
            return await self._close(ref, trigger, writer, "stale")
        return await self._publish(ref, trigger, await self._adviser.decided(trigger), writer, "decided")

    async def _kept(self, trigger: Trigger) -> DecisionMade | None:
        """Return a decision that is in the table and not published yet."""
        if self._loop.is_covered(trigger):
            return None
        return await self._records.kept(event_id_of("rich", trigger.index_name, trigger.moment))

    async def _publish(
        self, ref: EntryRef, trigger: Trigger, event: DecisionMade, writer: Writer, outcome: str
    ) -> str:
        state = {"decided": trigger.moment.isoformat()}
        said = await self._close(ref, trigger, writer, outcome, Effects(publish=(event,), state=state))
        self._loop.decided = trigger.moment
        structlog.get_logger().info(
            "rich.decided", event_id=event.event_id, decision=event.decision, engine=event.engine
        )
        return said

    async def _close(
        self, ref: EntryRef, trigger: Trigger, writer: Writer, outcome: str, effects: Effects = NOTHING
    ) -> str:
        await writer.commit(ref, effects)
        self._waiting.done(ref)
        TRIGGERS.labels(trigger.index_name, outcome).inc()
        return outcome


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Any]) -> None:
    """Await work, or break it off when asked to stop."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not doing.done():
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing
    if doing.done() and not doing.cancelled():
        doing.result()
