"""Fold polls, candles and Greeks into exactly one snapshot per 3-minute bucket."""

import asyncio
from functools import partial

from bucketer.adapters.memory import StateHash, state_key
from bucketer.adapters.store import LedgerStore
from bucketer.handlers import Bucketer
from bucketer.settings import Settings
from oi_common.effects import EffectsWriter
from oi_common.events import (
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    DayClosed,
    GreeksFetched,
    OiChanged,
    SnapshotSaved,
    stream_of,
)
from oi_common.fences import Fence, claim_partition
from oi_common.leases import Lease, Leases
from oi_common.service import Runtime, run, until_table_answers
from oi_common.subscriber import Route, Subscriber
from oi_common.tables import partition_fences
from oi_common.trimming import keep_trimmed

_GROUP = "bucketer"


async def serve(runtime: Runtime[Settings]) -> None:
    """Work on the partitions whose lease this replica holds."""
    leases = Leases(runtime.redis, _GROUP, runtime.settings.instance_name)
    await until_table_answers(runtime, partition_fences)

    indices = runtime.settings.indices
    streams = [stream_of(kind, index) for index in indices for kind in (OiChanged, SnapshotSaved)]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leases.work_on(indices, partial(_work, runtime, leases), runtime.stop))
        kept = runtime.settings.streams_kept
        tasks.create_task(keep_trimmed(runtime.redis, streams, kept, runtime.stop))


async def _work(runtime: Runtime[Settings], leases: Leases, lease: Lease, stop: asyncio.Event) -> None:
    fence = Fence(lease)
    await claim_partition(runtime.database, leases, fence, stop)
    store = LedgerStore(runtime.database, fence)
    settings, partition = runtime.settings, lease.partition
    bucketer = Bucketer(
        partition,
        store,
        StateHash(runtime.redis, partition),
        runtime.clock,
        rule=settings.snapshot_rule,
        every=settings.every,
        grace=settings.candle_grace,
    )
    subscriber = Subscriber(
        runtime.redis,
        {
            stream_of(CandleClosed, partition): Route(CandleClosed, bucketer.on_candle),
            stream_of(GreeksFetched, partition): Route(GreeksFetched, bucketer.on_greeks),
            stream_of(ChainBackfilled, partition): Route(ChainBackfilled, bucketer.on_backfill),
            stream_of(DayClosed, partition): Route(DayClosed, bucketer.on_day_closed),
            stream_of(ChainPolled, partition): Route(ChainPolled, bucketer.on_poll),
        },
        group=_GROUP,
        consumer=partition,
        writer=EffectsWriter(
            runtime.redis, _GROUP, state_key=state_key(partition), underlying=partition, lease=lease
        ),
        lease=lease,
        restore=bucketer.restore,
    )
    await subscriber.run(stop)


def main() -> None:
    run("bucketer", Settings, serve)


if __name__ == "__main__":
    main()
