"""What is due when: polls on a grid counted from midnight, candles and repairs after a bucket, Greeks within one."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import takewhile

from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min
from oi_common.market.sessions import TradingSession, next_session, session_on, slot_of
from oi_common.market.underlyings import segment_of

_RANKS = 100  # more chains than any underlying has


class Work(IntEnum):
    """Kinds of work; of what is due at one moment, the lowest comes first."""

    PREPARE = 0
    POLL = 1
    CANDLES = 2
    GREEKS = 3
    REPAIR = 4


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """One piece of work: `about` is the slot, bucket or day it is for, `rank` the chain by nearness of expiry."""

    due: datetime
    work: Work
    place: int
    underlying: str
    about: datetime
    rank: int = 0
    attempt: int = 0

    def again(self, due: datetime) -> "Job":
        return replace(self, due=due, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The rhythm. Greeks are spread out, because the broker answers one such question a second."""

    every: timedelta
    underlyings: tuple[str, ...]
    chains: int
    candles_after: timedelta = timedelta(seconds=5)
    greeks_after: timedelta = timedelta(seconds=8)
    greeks_apart: timedelta = timedelta(seconds=1.2)
    repair_after: timedelta = timedelta(seconds=70)
    prepare_before: timedelta = timedelta(minutes=15)

    def opening(self, underlying: str, now: datetime) -> Iterator[Job]:
        """Yield the first job of each kind for a partition that is ours from `now` on."""
        for rank in range(self.chains):
            yield self._poll(underlying, rank, now)
            if has_broker_greeks(underlying):
                yield self._greeks(underlying, rank, now)
        yield self._candles(underlying, now, closed_by=now)
        yield self.repairing(underlying, now)

    def repairing(self, underlying: str, now: datetime) -> Job:
        """Return a look for what is missing."""
        return Job(now, Work.REPAIR, self._place(underlying, 0), underlying, now)

    def following(self, job: Job, now: datetime) -> Job:
        """Return the next job of the same kind; what was missed in the meantime is not made up for."""
        match job.work:
            case Work.PREPARE:
                return self.preparing(job.underlying, max(job.about, now))
            case Work.POLL:
                start = max(job.about + self.every, slot_of(now, self.every))
                return self._poll(job.underlying, job.rank, start)
            case Work.GREEKS:
                return self._greeks(job.underlying, job.rank, max(job.due + timedelta(microseconds=1), now))
            case Work.CANDLES:
                return self._candles(job.underlying, now, closed_by=None)
            case Work.REPAIR:
                next_bucket = floor_to_3min(now - self.repair_after) + BUCKET_WIDTH
                return self.repairing(job.underlying, next_bucket + self.repair_after)

    def preparing(self, segment: str, now: datetime) -> Job:
        """Return the morning's work of the next session that has not begun to be prepared by `now`."""
        session = next_session(segment, now)
        while session.opens - self.prepare_before <= now:
            session = next_session(segment, session.closes)
        return Job(session.opens - self.prepare_before, Work.PREPARE, 0, segment, session.opens)

    def missed(self, job: Job, now: datetime) -> int:
        """Return how many later slots of the job's session have passed unpolled by `now`."""
        session = session_on(segment_of(job.underlying), job.about.date())
        if session is None:
            return 0
        return sum(1 for _ in session.slots(self.every, job.about + self.every, slot_of(now, self.every)))

    def _poll(self, underlying: str, rank: int, start: datetime) -> Job:
        slot = next(
            slot
            for session in _sessions(segment_of(underlying), start)
            for slot in session.slots(self.every, start, session.closes)
        )
        return Job(slot, Work.POLL, self._place(underlying, rank), underlying, slot, rank)

    def _greeks(self, underlying: str, rank: int, start: datetime) -> Job:
        place = self._place(underlying, rank)
        after = self.greeks_after + self._number(underlying, rank) * self.greeks_apart
        bucket = next(
            bucket
            for session in _sessions(segment_of(underlying), start - after)
            for bucket in session.buckets()
            if start <= bucket + after < session.closes
        )
        return Job(bucket + after, Work.GREEKS, place, underlying, bucket, rank)

    def _candles(self, underlying: str, now: datetime, closed_by: datetime | None) -> Job:
        """Return the job after the next bucket's end; at once when some are closed by `closed_by` already."""
        place = self._place(underlying, 0)
        if closed_by is not None and closed_buckets(underlying, closed_by):
            return Job(now, Work.CANDLES, place, underlying, now)
        after = BUCKET_WIDTH + self.candles_after
        bucket = next(
            bucket
            for session in _sessions(segment_of(underlying), now - after)
            for bucket in session.buckets()
            if bucket + after > now
        )
        return Job(bucket + after, Work.CANDLES, place, underlying, bucket)

    def _number(self, underlying: str, rank: int) -> int:
        return self.underlyings.index(underlying) * self.chains + rank

    def _place(self, underlying: str, rank: int) -> int:
        return self.underlyings.index(underlying) * _RANKS + rank


class Agenda:
    """The jobs to come, soonest first."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def add(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            heapq.heappush(self._jobs, job)

    def drop(self, underlying: str) -> None:
        """Forget all jobs of a partition that is no longer ours."""
        self._jobs = [job for job in self._jobs if job.underlying != underlying]
        heapq.heapify(self._jobs)

    @property
    def first(self) -> Job | None:
        return self._jobs[0] if self._jobs else None

    def take(self, job: Job) -> bool:
        """Remove the first job if it still is this one, and say whether it was."""
        if self.first != job:
            return False
        heapq.heappop(self._jobs)
        return True


def closed_buckets(underlying: str, now: datetime) -> tuple[datetime, ...]:
    """Return the buckets of the underlying's session today that are over at `now`.

    Derivatives trade on after the cash session; whether the index still moves then, the broker's answer says.
    """
    session = session_on(segment_of(underlying), now.date())
    if session is None:
        return ()
    return tuple(
        takewhile(lambda bucket: min(bucket + BUCKET_WIDTH, session.closes) <= now, session.buckets())
    )


def has_broker_greeks(underlying: str) -> bool:
    """The broker's optionGreek knows NSE only; for BFO and MCX it answers AB9019 (its documentation)."""
    return segment_of(underlying) == "NFO"


def _sessions(segment: str, start: datetime) -> Iterator[TradingSession]:
    """Yield the session open at `start` and all later ones."""
    while True:
        session = next_session(segment, start)
        yield session
        start = session.closes
