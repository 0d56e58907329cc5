"""Repairing what the ledger lacks from the broker's history, one request at a time, between the polls."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from oi_common.backfill import Progress
from oi_common.broker.errors import WrongCredentials
from oi_common.clock import Clock
from oi_common.errors import OiError
from poller.closing import Closing
from poller.core.attempts import Attempts
from poller.core.plan import Job, Work
from poller.core.run import Run, begun
from poller.ports import Desk, Ledger, Library
from poller.repairer import Repairer

_LOOKS_AGAIN_AFTER: Final = timedelta(seconds=2)
_UNSETTLED: Final = timedelta(seconds=5)
_WAITS: Final = timedelta(minutes=1)  # for a ledger or a Redis that is away

Jobs = tuple[Job, ...]


class Repairs:
    """Closes days, looks for holes, and has them filled, for every underlying that is ours."""

    def __init__(
        self, clock: Clock, library: Library, ledger: Ledger, desk: Desk, closing: Closing, repairer: Repairer
    ) -> None:
        self._clock = clock
        self._library = library
        self._ledger = ledger
        self._desk = desk
        self._closing = closing
        self._repairer = repairer
        self._runs: dict[str, Run] = {}
        self._next: dict[
            str, datetime | None
        ] = {}  # when the next step is due; None while one is being taken
        self._attempts: defaultdict[str, Attempts] = defaultdict(Attempts)
        self._log = structlog.get_logger()

    def open(self, underlying: str) -> None:
        """Begin anew: the partition has just become ours."""
        self._runs.pop(underlying, None)
        self._next.pop(underlying, None)
        self._closing.open(underlying)

    async def wished_for(self, underlying: str, now: datetime) -> Job | None:
        """Return the job to do when somebody wishes for a repair and nothing is being done yet.

        Whoever wishes is told that they are heard.
        """
        wished = await self._desk.asked(underlying)
        run = self._runs.get(underlying)
        for day in wished:
            if run is None or day not in run.days:
                await self._desk.hear(underlying, day)
        if not wished or underlying in self._next:
            return None
        self._next[underlying] = now
        return Job(now, Work.REPAIR, 0, underlying, now, attempt=1)

    async def step(self, job: Job) -> Jobs:
        """Take one step; return the job of the next one, nothing when there is nothing more to do.

        Steps of an underlying follow one another: a look finds nothing to do while they go on, and a step that is
        not the next one is none. Raises WrongCredentials.
        """
        underlying = job.underlying
        is_next = self._next.get(underlying) == job.due if job.attempt else underlying not in self._next
        if not is_next:
            return ()
        self._next[underlying] = None
        try:
            due = await self._advance(underlying)
        except WrongCredentials:
            raise
        except OiError as e:
            self._log.warning("repair.waiting", underlying=underlying, error=str(e))
            due = self._clock.now() + _WAITS
        if due is None:
            self._next.pop(underlying, None)
            return ()
        self._next[underlying] = due
        return (job.again(due),)

    async def _advance(self, underlying: str) -> datetime | None:
        """Do the next thing; return when the one after it is due, None when nothing is left."""
        run = self._runs.get(underlying)
        if run is None:
            return await self._look(underlying)
        due = await self._repairer.advance(run)
        if run.is_finished:
            del self._runs[underlying]
            return max(due, self._clock.now() + _LOOKS_AGAIN_AFTER)
        return due

    async def _look(self, underlying: str) -> datetime | None:
        """Close what is over, then begin the repair of what is missing."""
        wished = set(await self._desk.asked(underlying))
        self._note_wishes(underlying, wished)
        if not await self._closing.settled(underlying):
            return self._clock.now() + _UNSETTLED
        days = await self._closing.days(underlying)
        holes = self._attempts[underlying].worth_asking(await self._ledger.holes(underlying, days))
        asked_about = {bucket.date() for bucket in holes.moments}
        for day in sorted(wished - asked_about):
            await self._desk.report(underlying, Progress(day=day, state="published"))
        self._note_wishes(underlying, wished & asked_about)
        if not holes.moments:
            return None
        self._attempts[underlying].note(holes)
        now = self._clock.now()
        self._runs[underlying] = begun(underlying, sorted(asked_about), holes, self._library.instruments, now)
        self._log.info("repair.begun", underlying=underlying, buckets=len(holes.moments))
        return now

    def _note_wishes(self, underlying: str, wished: set[date]) -> None:
        self._attempts[underlying].wish(wished)
        self._closing.wish(underlying, wished)
