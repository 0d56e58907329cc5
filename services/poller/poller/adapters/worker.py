"""The one task that waits for the clock and does the jobs of the partitions we own, one after the other.

A paced clock keeps one moment per process up to which time may run; a second sleeper would let it run too far.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.leases import Lease
from oi_common.waiting import wait
from poller.adapters.outbox import SpoolingOutbox
from poller.core.plan import Agenda, Job, Timetable, Work
from poller.handlers import Poller
from poller.metrics import POLLS
from poller.repairs import Repairs

_LEASES_COME_WITHIN: Final = 2.0  # real seconds, when no other replica holds them
_FINISHES_WITHIN: Final = 4.0  # real seconds after a stop request, for the job in hand
_IDLE: Final = timedelta(days=1)
_LISTENS_EVERY: Final = timedelta(seconds=1)  # real time


class Worker:
    """Does what is due for the partitions whose leases this replica holds."""

    def __init__(
        self, clock: Clock, timetable: Timetable, poller: Poller, repairs: Repairs, outbox: SpoolingOutbox
    ) -> None:
        self._clock = clock
        self._timetable = timetable
        self._poller = poller
        self._repairs = repairs
        self._outbox = outbox
        self._agenda = Agenda()
        self._owned: set[str] = set()
        self._changed = asyncio.Event()
        self._busy = asyncio.Lock()
        self._log = structlog.get_logger()

    async def own(self, lease: Lease, done: asyncio.Event) -> None:
        """Have the partition's jobs done until `done`; what is in hand is finished first."""
        underlying = lease.partition
        self._outbox.open(underlying)
        self._repairs.open(underlying)
        self._owned.add(underlying)
        self._agenda.add(self._timetable.opening(underlying, self._clock.now()))
        self._changed.set()
        await done.wait()
        self._agenda.drop(underlying)
        self._owned.discard(underlying)
        self._changed.set()
        async with self._busy:
            self._outbox.close(underlying)

    async def run(self, segment: str, stop: asyncio.Event) -> None:
        """Work until `stop`; the mornings of `segment` are prepared too."""
        await self._until_all_are_owned(stop)
        self._agenda.add([self._timetable.preparing(segment, self._clock.now())])
        while not stop.is_set():
            self._changed.clear()
            job = self._agenda.first
            due = job.due if job is not None and self._owned else self._clock.now() + _IDLE
            if not await self._reached(due, stop) or job is None:
                continue
            async with self._busy:
                if self._agenda.take(job):
                    await self._unless_stopped(self._do(job), stop)

    async def listen(self, stop: asyncio.Event) -> None:
        """Hear of wishes for repairs, by real time, until `stop`."""
        while not stop.is_set():
            try:
                for underlying in tuple(self._owned):
                    job = await self._repairs.wished_for(underlying, self._clock.now())
                    if job is not None and underlying in self._owned:
                        self._agenda.add([job])
                        self._changed.set()
            except Unavailable as e:
                self._log.warning("wishes.waiting", error=str(e))
            await wait(stop, _LISTENS_EVERY)

    async def _do(self, job: Job) -> None:
        now = self._clock.now()
        if job.attempt == 0:
            self._agenda.add([self._timetable.following(job, now)])
        if job.work is Work.POLL and now >= job.about + self._timetable.every:
            missed = 1 + self._timetable.missed(job, now)
            POLLS.labels(job.underlying, "missed").inc(missed)
            self._log.warning("poll.missed", underlying=job.underlying, slot=str(job.about), slots=missed)
            return
        work = self._repairs.step if job.work is Work.REPAIR else self._poller.work_on
        again = await work(job)
        if job.work is Work.PREPARE or job.underlying in self._owned:
            self._agenda.add(again)

    async def _until_all_are_owned(self, stop: asyncio.Event) -> None:
        """Leases come one by one; with one replica, begin with all of them, so that every run begins alike."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEASES_COME_WITHIN):
                while len(self._owned) < len(self._timetable.underlyings) and not stop.is_set():
                    self._changed.clear()
                    await self._changed.wait()

    async def _reached(self, moment: datetime, stop: asyncio.Event) -> bool:
        """Sleep until the moment; say whether it came before a change of partitions or a stop."""
        asleep = asyncio.create_task(self._clock.sleep_until(moment))
        others = [asyncio.create_task(self._changed.wait()), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait([asleep, *others], return_when=asyncio.FIRST_COMPLETED)
            if asleep.done():
                await asleep
            return asleep.done() and not any(other.done() for other in others)
        finally:
            for task in (asleep, *others):
                task.cancel()
            await asyncio.gather(asleep, *others, return_exceptions=True)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
        """Finish the work in hand; once a stop is asked for, within a few seconds or not at all."""
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await asyncio.wait([working], timeout=_FINISHES_WITHIN)
            if working.done():
                await working
            else:
                self._log.warning("job.abandoned")
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
