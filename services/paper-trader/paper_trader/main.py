"""Fill decisions on paper, and close positions by their ticks."""

import asyncio
from functools import partial

from oi_common.effects import EffectsWriter
from oi_common.events import DecisionMade, TickReceived, TradeFilled, stream_of
from oi_common.fences import Fence, claim_partition
from oi_common.leases import Lease, Leases
from oi_common.market.underlyings import segment_of
from oi_common.service import Runtime, run, until_table_answers
from oi_common.subscriber import Route
from oi_common.tables import paper_equity
from oi_common.trimming import keep_trimmed
from paper_trader.adapters.journal import Journal, state_key
from paper_trader.adapters.merged import MergedSubscriber, TickSide
from paper_trader.adapters.outcomes import OutcomeStore
from paper_trader.adapters.scoring_cursor import ScoringCursor
from paper_trader.adapters.scoring_loop import ScoringLoop
from paper_trader.adapters.store import PaperStore
from paper_trader.adapters.ticks import TickReader
from paper_trader.core.scoring import ScoringRules
from paper_trader.desk import Desk
from paper_trader.handlers import PaperTrader
from paper_trader.scoring import Scorer
from paper_trader.settings import Settings

_GROUP = "paper-trader"


async def serve(runtime: Runtime[Settings]) -> None:
    """Trade the underlyings whose lease this replica holds."""
    leases = Leases(runtime.redis, _GROUP, runtime.settings.instance_name)
    await until_table_answers(runtime, paper_equity)

    indices, kept = runtime.settings.indices, runtime.settings.streams_kept
    streams = [stream_of(TradeFilled, index) for index in indices]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leases.work_on(indices, partial(_work, runtime, leases), runtime.stop))
        tasks.create_task(keep_trimmed(runtime.redis, streams, kept, runtime.stop))


async def _work(runtime: Runtime[Settings], leases: Leases, lease: Lease, stop: asyncio.Event) -> None:
    fence = Fence(lease)
    await claim_partition(runtime.database, leases, fence, stop)
    partition, rules = lease.partition, runtime.settings.rules
    store = PaperStore(runtime.database, fence)
    desk = Desk(partition, store, Journal(runtime.redis, _GROUP, lease), rules.capital)
    trader = PaperTrader(partition, segment_of(partition), desk, store, rules)
    reader = TickReader(runtime.redis, stream_of(TickReceived, partition), _GROUP)
    subscriber = MergedSubscriber(
        TickSide(reader, trader, runtime.clock, rules.quote_age),
        runtime.redis,
        {stream_of(DecisionMade, partition): Route(DecisionMade, trader.on_decision)},
        group=_GROUP,
        consumer=partition,
        writer=EffectsWriter(
            runtime.redis, _GROUP, state_key=state_key(partition), underlying=partition, lease=lease
        ),
        lease=lease,
        restore=trader.restore,
    )
    scoring = _scoring(runtime, lease, fence).beside(stop)
    try:
        await subscriber.run(stop)
    finally:
        scoring.cancel()
        await asyncio.wait([scoring])


def _scoring(runtime: Runtime[Settings], lease: Lease, fence: Fence) -> ScoringLoop:
    rules, partition = runtime.settings.rules, lease.partition
    store = OutcomeStore(runtime.database, fence)
    return ScoringLoop(
        Scorer(partition, store, ScoringRules(rules.quote_age, rules.square_off, rules.brokerage)),
        store,
        TickReader(runtime.redis, stream_of(TickReceived, partition), _GROUP),
        ScoringCursor(runtime.redis, lease),
        runtime.clock,
    )


def main() -> None:
    run("paper-trader", Settings, serve)


if __name__ == "__main__":
    main()
