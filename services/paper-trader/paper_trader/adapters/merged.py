"""Decisions and ticks in one order: by their entry ids, which one server gave.

A decision is handled after every tick that was there before it, and before every later one, also when both have waited
for us: so an outage of ours changes no fill. Of one millisecond ticks come first: it may rest on them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from oi_common.clock import Clock
from oi_common.subscriber import DeliveryPolicy, Subscriber
from oi_common.trimming import EntryId
from oi_common.waiting import wait
from paper_trader.adapters.ticks import Tick, TickReader

# Ticks are taken as they have gathered in between, not one by one.
BEAT: Final = DeliveryPolicy(block=timedelta(milliseconds=25))
_REST: Final = timedelta(milliseconds=100)  # more, while nothing comes
_LAST_SEQUENCE: Final = 2**64 - 1
_WRITTEN_EVERY: Final = 1.0  # seconds; a restart reads so much again


class Trader(Protocol):
    """What takes the ticks."""

    @property
    def cursor(self) -> str: ...

    def recall(self, fields: dict[str, str]) -> None: ...

    async def on_ticks(self, ticks: Sequence[Tick]) -> None: ...

    async def on_idle(self, now: Any) -> None: ...

    async def flush(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TickSide:
    """The ticks beside the decisions: `recalled` is how far back a quote may still be fresh."""

    reader: TickReader
    trader: Trader
    clock: Clock
    recalled: timedelta


class MergedSubscriber(Subscriber):
    """The consumer loop for decisions, with the ticks taken in between."""

    def __init__(self, ticks: TickSide, *args: Any, **options: Any) -> None:
        super().__init__(*args, policy=BEAT, **options)
        self._ticks = ticks
        self._written = ("", 0.0)

    async def _start_over(self) -> None:
        await self._ticks.reader.ensure_group()
        await super()._start_over()
        await self._recall()
        self._written = (self._ticks.trader.cursor, _monotonic())

    async def _consume(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            # Taken before the decisions are read: an unread decision is younger than these ticks.
            newest = await self._ticks.reader.newest()
            is_resuming = bool(self._progress.resume_from)
            entries = await self._next_entries()
            for entry in entries:
                await self._take_ticks(_end_of_millisecond(entry.ref.entry_id), stop)
                if stop.is_set():
                    return
                await self._deliver(entry)
            if not entries and not is_resuming:
                await self._take_rest(newest, stop)
        await self._ticks.trader.flush()

    async def _take_rest(self, newest: str | None, stop: asyncio.Event) -> None:
        """Nothing is to be decided: take the ticks that are there."""
        trader = self._ticks.trader
        before = trader.cursor
        if newest is not None:
            await self._take_ticks(newest, stop)
        if trader.cursor == before:
            await trader.on_idle(self._ticks.clock.now())
            await wait(stop, _REST)
        cursor, written_at = self._written
        if trader.cursor != cursor and _monotonic() - written_at >= _WRITTEN_EVERY:
            await trader.flush()
            self._written = (trader.cursor, _monotonic())

    async def _take_ticks(self, until: str, stop: asyncio.Event) -> None:
        trader = self._ticks.trader
        while not stop.is_set() and (page := await self._ticks.reader.page(trader.cursor, until)):
            await trader.on_ticks(page)

    async def _recall(self) -> None:
        """Look again at the ticks just before the cursor: a decision may come that needs their quotes."""
        cursor = self._ticks.trader.cursor
        milliseconds = int(self._ticks.recalled.total_seconds() * 1000)
        after = str(EntryId(max(EntryId.parse(cursor).ms - milliseconds, 0)))
        while page := await self._ticks.reader.page(after, cursor):
            for _, fields in page:
                self._ticks.trader.recall(fields)
            after = page[-1][0]


def _end_of_millisecond(entry_id: str) -> str:
    return str(EntryId(EntryId.parse(entry_id).ms, _LAST_SEQUENCE))


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
