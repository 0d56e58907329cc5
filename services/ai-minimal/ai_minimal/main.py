"""Advise an option buyer each second: by rules first, by a model when the situation has changed."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from ai_minimal.adapters.positions import PaperPositions
from ai_minimal.adapters.streams import Streams
from ai_minimal.core.telling import Told, told_by
from ai_minimal.handlers import Adviser, LoopPolicy
from ai_minimal.settings import Settings
from ai_minimal.sight import Sight
from ai_minimal.teller import Teller
from oi_common.advice import MINIMAL, Desk, Journal
from oi_common.clock import Clock, SimulatedClock
from oi_common.errors import Unavailable
from oi_common.events import DecisionMade, stream_of
from oi_common.fenced import FencedPublisher
from oi_common.leases import Lease, Leases
from oi_common.llm import LlmClient, open_llm
from oi_common.llm.transcripts import Transcripts
from oi_common.market.underlyings import segment_of
from oi_common.service import Runtime, run
from oi_common.trimming import keep_trimmed
from oi_common.waiting import wait

_NAME = "ai-minimal"
_RETRY = timedelta(seconds=1)
_UNDER_WAY = timedelta(seconds=0.5)
_MOST_LAG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Office:
    """What all underlyings of this replica share."""

    runtime: Runtime[Settings]
    journal: Journal
    llm: LlmClient | None


async def serve(runtime: Runtime[Settings]) -> None:
    """Advise on the underlyings whose lease this replica holds."""
    settings = runtime.settings
    journal = Journal(runtime.database, Transcripts(settings.data_dir / "ai"))
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(journal.run(is_over))
        async with open_llm(
            settings,
            settings.ai_minimal_model,
            runtime.redis,
            runtime.clock,
            journal.note,
            health=runtime.health,
        ) as llm:
            await _advise(_Office(runtime, journal, llm))
        is_over.set()


async def _advise(office: _Office) -> None:
    runtime = office.runtime
    indices, kept = runtime.settings.indices, runtime.settings.streams_kept
    leases = Leases(runtime.redis, _NAME, runtime.settings.instance_name)
    streams = [stream_of(DecisionMade, index) for index in indices]
    runtime.health.ready()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leases.work_on(indices, partial(_work, office), runtime.stop))
        tasks.create_task(keep_trimmed(runtime.redis, streams, kept, runtime.stop))


async def _work(office: _Office, lease: Lease, stop: asyncio.Event) -> None:
    runtime, settings, partition = office.runtime, office.runtime.settings, lease.partition
    streams, segment = Streams(runtime.redis, partition), segment_of(partition)
    told = await _told(streams, stop)
    teller = Teller(partition, office.journal, FencedPublisher(runtime.redis, lease))
    adviser = Adviser(
        partition,
        segment,
        Sight(
            partition,
            segment,
            streams,
            PaperPositions(runtime.database, partition),
            partial(_lag, runtime.clock),
        ),
        Desk(MINIMAL, office.llm, runtime.clock),
        teller,
        runtime.clock,
        LoopPolicy(settings.within, settings.asking, has_model=office.llm is not None),
        told,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(teller.run(lost=stop))
        try:
            await adviser.run(stop)
        finally:
            teller.close()


async def _told(streams: Streams, stop: asyncio.Event) -> Told | None:
    """Return what was told last, however long it takes to learn: nothing is decided twice."""
    while not stop.is_set():
        try:
            last = await streams.last_decision("minimal")
        except Unavailable as e:
            structlog.get_logger().warning("service.waiting", what="redis", error=str(e))
            await wait(stop, _RETRY)
        else:
            return told_by(last) if last is not None else None
    return None


def _lag(clock: Clock) -> timedelta:
    """Return how much of a fast simulated clock's time goes by while ticks are under way; none of real time does."""
    speed = clock.speed if isinstance(clock, SimulatedClock) else 1.0
    return min(_MOST_LAG, _UNDER_WAY * speed) if speed > 1 else timedelta()


def main() -> None:
    run(_NAME, Settings, serve)


if __name__ == "__main__":
    main()
