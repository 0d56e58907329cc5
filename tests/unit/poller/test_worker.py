"""The one task, on a clock that the test drives and a poller that only remembers what it was asked to do."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from oi_common.leases import Lease
from oi_common.market.buckets import IST
from poller.adapters.worker import Worker
from poller.core.plan import Timetable, Work
from support.times import SteppingClock

OPENED = datetime(2026, 8, 6, 9, 15, tzinfo=IST)
SECOND = timedelta(seconds=1)


class EndingClock(SteppingClock):
    """Steps like any, until `end`; then it asks for a stop and time stands still."""

    def __init__(self, at, end):
        super().__init__(at)
        self.end = end
        self.stop = asyncio.Event()

    async def sleep_until(self, moment):
        if moment > self.end:
            self.stop.set()
            await asyncio.Event().wait()
        await super().sleep_until(moment)


class Remembering:
    """Takes jobs; each takes `lasts` of the clock's time. `during` is called with each job."""

    def __init__(self, clock, lasts=timedelta(0)):
        self.clock = clock
        self.lasts = lasts
        self.jobs = []
        self.again = {}
        self.during = lambda _job: None

    async def work_on(self, job):
        self.jobs.append((self.clock.now(), job))
        self.during(job)
        self.clock.advance(self.lasts)
        return self.again.pop(job, ())

    def polls(self, underlying="NIFTY"):
        return [job.about for _, job in self.jobs if job.work is Work.POLL and job.underlying == underlying]


class NoRepairs:
    """Is opened with each partition and finds nothing to do."""

    def __init__(self):
        self.opened = []

    def open(self, underlying):
        self.opened.append(underlying)

    async def step(self, _job):
        return ()


class NoOutbox:
    def __init__(self):
        self.calls = []

    def open(self, underlying):
        self.calls.append(("open", underlying))

    def close(self, underlying):
        self.calls.append(("close", underlying))


@asynccontextmanager
async def working(poller, clock, underlyings=("NIFTY",), outbox=None):
    """A worker that owns all partitions; yields the events that end each ownership."""
    worker = Worker(clock, Timetable(20 * SECOND, underlyings, 1), poller, NoRepairs(), outbox or NoOutbox())
    done = {name: asyncio.Event() for name in underlyings}
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for name in underlyings:
            tasks.create_task(worker.own(Lease("poller", name, "me", 1), done[name]))
        running = tasks.create_task(worker.run("NFO", clock.stop))
        yield done
        await running
        for event in done.values():
            event.set()


async def test_every_slot_is_worked_on_when_it_comes():
    clock = EndingClock(OPENED - 10 * SECOND, OPENED + 60 * SECOND)
    poller = Remembering(clock)

    async with working(poller, clock):
        pass

    assert [(at, job.about) for at, job in poller.jobs if job.work is Work.POLL] == [
        (OPENED + n * 20 * SECOND, OPENED + n * 20 * SECOND) for n in range(4)
    ]


async def test_slow_work_skips_slots_and_shifts_none():
    clock = EndingClock(OPENED - 10 * SECOND, OPENED + 120 * SECOND)
    poller = Remembering(clock, lasts=27 * SECOND)

    async with working(poller, clock):
        pass

    begun = [(at, job.about) for at, job in poller.jobs if job.work is Work.POLL]
    assert len(begun) < 7
    for at, slot in begun:
        assert (slot - OPENED) % (20 * SECOND) == timedelta(0)
        assert slot <= at < slot + 20 * SECOND


async def test_a_second_attempt_is_made_when_it_is_due():
    clock = EndingClock(OPENED - 10 * SECOND, OPENED + 10 * SECOND)
    poller = Remembering(clock)

    def fail(job):
        if job.work is Work.POLL and job.attempt == 0:
            poller.again[job] = (job.again(OPENED + 2 * SECOND),)

    poller.during = fail
    async with working(poller, clock):
        pass

    attempts = [(at - OPENED, job.attempt) for at, job in poller.jobs if job.work is Work.POLL]
    assert attempts == [(timedelta(0), 0), (2 * SECOND, 1)]


async def test_a_lost_lease_ends_the_partitions_work_and_no_other():
    clock = EndingClock(OPENED - 10 * SECOND, OPENED + 60 * SECOND)
    poller, outbox = Remembering(clock), NoOutbox()

    async with working(poller, clock, ("NIFTY", "BANKNIFTY"), outbox) as done:
        poller.during = lambda job: done["NIFTY"].set() if job.about == OPENED + 20 * SECOND else None

    assert poller.polls("NIFTY") == [OPENED, OPENED + 20 * SECOND]
    assert poller.polls("BANKNIFTY") == [OPENED + n * 20 * SECOND for n in range(4)]
    assert ("close", "NIFTY") in outbox.calls


async def test_a_stop_finishes_the_job_in_hand():
    clock = EndingClock(OPENED - 10 * SECOND, OPENED + 60 * SECOND)
    poller = Remembering(clock)
    poller.during = lambda _job: clock.stop.set()

    async with working(poller, clock):
        pass

    assert poller.polls() == [OPENED]


async def test_without_partitions_it_holds_nobodys_time_up():
    clock = EndingClock(OPENED, OPENED + 60 * SECOND)

    async with working(Remembering(clock), clock) as done:
        done["NIFTY"].set()

    assert clock.stop.is_set()
