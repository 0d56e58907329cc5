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
from poller.core.plan import Job
from poller.core.run import Run, begun
from poller.ports import Desk, Ledger, Library
from poller.repairer import Repairer

_LOOKS_AGAIN_AFTER: Final = timedelta(seconds=2)
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
        self._busy: set[str] = set()
        self._attempts: defaultdict[str, Attempts] = defaultdict(Attempts)
        self._log = structlog.get_logger()

    def open(self, underlying: str) -> None:
        """Begin anew: the partition has just become ours."""
        self._runs.pop(underlying, None)
        self._busy.discard(underlying)
        self._closing.open(underlying)

    async def is_wanted(self, underlying: str) -> bool:
        """Say whether somebody wishes for a repair while nothing is being done; tell them that they are heard."""
        wished = await self._desk.asked(underlying)
        run = self._runs.get(underlying)
        for day in wished:
            if run is None or day not in run.days:
                await self._desk.report(underlying, Progress(day=day, state="waiting"))
        return bool(wished) and underlying not in self._busy

    async def step(self, job: Job) -> Jobs:
        """Take one step; return the job of the next one, nothing when there is nothing more to do.

        Raises WrongCredentials.
        """
        underlying = job.underlying
        if job.attempt == 0 and underlying in self._busy:
            return ()  # steps follow one another already
        self._busy.add(underlying)
        try:
            due = await self._advance(underlying)
        except WrongCredentials:
            raise
        except OiError as e:
            self._log.warning("repair.waiting", underlying=underlying, error=str(e))
            due = self._clock.now() + _WAITS
        if due is None:
            self._busy.discard(underlying)
            return ()
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
            return self._clock.now() + _LOOKS_AGAIN_AFTER
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
