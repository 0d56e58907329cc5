"""Judge the whole chain by a deep model, or by rules, whenever much of it has changed and when a bucket is complete."""

import asyncio
from dataclasses import dataclass
from functools import partial

from ai_rich.adapters.market import LiveMarket
from ai_rich.adapters.reading import PairedSubscriber
from ai_rich.adapters.tables import RichTables
from ai_rich.adapters.writer import GROUP, HoldingWriter, StateHash, state_key
from ai_rich.adviser import Adviser, Patience
from ai_rich.decider import Decider
from ai_rich.handlers import RichLoop
from ai_rich.settings import POLICY, Settings
from oi_common.advice import Desk, Journal
from oi_common.errors import LeaseLost
from oi_common.events import DecisionMade, OiChanged, SnapshotSaved, stream_of
from oi_common.fences import Fence, claim_partition
from oi_common.leases import Lease, Leases
from oi_common.llm import open_llm
from oi_common.llm.transcripts import Transcripts
from oi_common.service import Runtime, run, until_table_answers
from oi_common.subscriber import Route
from oi_common.tables import ai_decisions
from oi_common.trimming import keep_trimmed


@dataclass(frozen=True, slots=True)
class _Office:
    """What the partitions share: the desk with its model, the journal, the leases."""

    desk: Desk
    journal: Journal
    leases: Leases


async def serve(runtime: Runtime[Settings]) -> None:
    """Decide for the partitions whose lease this replica holds."""
    await until_table_answers(runtime, ai_decisions)
    journal = Journal(runtime.database, Transcripts(runtime.settings.data_dir / "ai"))
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        # It ends last: what a question cost is known only when the client is closed.
        tasks.create_task(journal.run(is_over))
        try:
            await _decide(runtime, journal)
        finally:
            is_over.set()


async def _decide(runtime: Runtime[Settings], journal: Journal) -> None:
    settings, clock = runtime.settings, runtime.clock
    streams = [stream_of(DecisionMade, index) for index in settings.indices]
    leases = Leases(runtime.redis, GROUP, settings.instance_name)
    asked = open_llm(
        settings,
        settings.ai_rich_model,
        runtime.redis,
        clock,
        journal.note,
        settings.asking,
        runtime.health,
    )
    async with asked as llm, asyncio.TaskGroup() as tasks:
        office = _Office(Desk(POLICY, llm, clock), journal, leases)
        tasks.create_task(leases.work_on(settings.indices, partial(_work, runtime, office), runtime.stop))
        tasks.create_task(keep_trimmed(runtime.redis, streams, settings.streams_kept, runtime.stop))


async def _work(runtime: Runtime[Settings], office: _Office, lease: Lease, stop: asyncio.Event) -> None:
    fence = Fence(lease)
    await claim_partition(runtime.database, office.leases, fence, stop)
    settings, partition = runtime.settings, lease.partition
    tables = RichTables(runtime.database, partition, office.journal, fence)
    memory = StateHash(runtime.redis, partition)
    loop = RichLoop(partition, tables, memory, runtime.clock, least=settings.ai_rich_min_changed)
    market = LiveMarket(runtime.redis, runtime.database, partition)
    patience = Patience(settings.within, settings.oldest, POLICY.lock.oldest)
    decider = Decider(loop, Adviser(loop, office.desk, market, tables, runtime.clock, patience), tables)
    writer = HoldingWriter(
        decider, runtime.redis, GROUP, state_key=state_key(partition), underlying=partition, lease=lease
    )
    subscriber = PairedSubscriber(
        runtime.redis,
        {
            stream_of(SnapshotSaved, partition): Route(SnapshotSaved, loop.on_snapshot),
            stream_of(OiChanged, partition): Route(OiChanged, loop.on_change),
        },
        group=GROUP,
        consumer=partition,
        writer=writer,
        lease=lease,
        restore=loop.restore,
    )
    await _both(subscriber, decider, writer, stop)


async def _both(
    subscriber: PairedSubscriber, decider: Decider, writer: HoldingWriter, stop: asyncio.Event
) -> None:
    """Read and decide side by side. Raises LeaseLost as itself, as whoever shares out the leases knows it."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(subscriber.run(stop))
            tasks.create_task(decider.run(writer, stop))
    except* LeaseLost as lost:
        raise LeaseLost(str(lost.exceptions[0])) from None


def main() -> None:
    run("ai-rich", Settings, serve)


if __name__ == "__main__":
    main()
