"""Poll option chains, candles and Greeks onto the streams, on a fixed grid within the broker's limits."""

import asyncio
from datetime import timedelta

import structlog

from oi_common.backfill import BackfillDesk
from oi_common.broker.session import BrokerSession
from oi_common.broker.smart_connect import SmartConnect
from oi_common.errors import Unavailable
from oi_common.events import (
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    DayClosed,
    GreeksFetched,
    stream_of,
)
from oi_common.leases import Leases
from oi_common.limiter import SharedLimiter
from oi_common.market.underlyings import segment_of
from oi_common.publisher import Publisher
from oi_common.service import Runtime, run
from oi_common.trimming import keep_trimmed
from oi_common.waiting import wait
from poller.adapters.answers import SharedAnswers
from poller.adapters.broker import AngelBroker
from poller.adapters.ledger import BucketerLedger
from poller.adapters.library import MasterLibrary
from poller.adapters.outbox import SpoolingOutbox
from poller.adapters.windows import SharedWindows
from poller.adapters.worker import Worker
from poller.closing import Closing
from poller.core.plan import Timetable
from poller.handlers import Poller, PollRules
from poller.repairer import Repairer
from poller.repairs import Repairs
from poller.settings import Settings

_STARTS_AGAIN_AFTER = timedelta(seconds=5)
_REPAIRS_APART = timedelta(seconds=1)  # of all indices together; the broker takes 4,500 such requests an hour


async def serve(runtime: Runtime[Settings]) -> None:
    settings, clock, redis, stop = runtime.settings, runtime.clock, runtime.redis, runtime.stop
    # A simulated exchange holds its time from here on: no slot passes while we log in.
    await clock.sleep_until(clock.now())
    client = SmartConnect(settings.angel_api_key.get_secret_value(), settings.angel_rest_url)
    session = BrokerSession(redis, settings, clock)
    limiter = SharedLimiter(redis, clock, settings.angel_client_code)
    broker = AngelBroker(client, session, limiter, clock)
    library = MasterLibrary(settings, clock, runtime.database)
    outbox = SpoolingOutbox(Publisher(redis), settings.data_dir / "spool", settings.spool_size)
    every, windows = timedelta(seconds=settings.poll_seconds), SharedWindows(redis)
    rules = PollRules(every, settings.strikes_around)
    ledger = BucketerLedger(runtime.database, redis)
    desk = BackfillDesk(redis)
    repairer = Repairer(
        clock,
        broker,
        library,
        outbox,
        windows,
        ledger,
        SharedAnswers(redis),
        desk,
        strikes_around=settings.strikes_around,
        apart=_REPAIRS_APART * len(settings.indices),
    )
    closing = Closing(clock, library, outbox, ledger, settings.chains)
    repairs = Repairs(clock, library, ledger, desk, closing, repairer)
    poller = Poller(rules, clock, broker, library, outbox, windows)
    worker = Worker(clock, Timetable(every, settings.indices, settings.chains), poller, repairs, outbox)
    leases = Leases(redis, runtime.name, settings.instance_name)
    if not await _prepared(runtime, session, library):
        return
    runtime.health.ready()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leases.work_on(settings.indices, worker.own, stop))
        tasks.create_task(outbox.keep_draining(stop))
        tasks.create_task(keep_trimmed(redis, _streams(settings.indices), settings.streams_kept, stop))
        tasks.create_task(worker.listen(stop))
        tasks.create_task(worker.run(segment_of(settings.indices[0]), stop))


def _streams(underlyings: tuple[str, ...]) -> list[str]:
    kinds = (ChainPolled, CandleClosed, GreeksFetched, ChainBackfilled, DayClosed)
    return [stream_of(kind, underlying) for underlying in underlyings for kind in kinds]


async def _prepared(runtime: Runtime[Settings], session: BrokerSession, library: MasterLibrary) -> bool:
    """Log in and load the instruments, however long that takes; False when we are stopped before."""
    while not runtime.stop.is_set():
        try:
            await session.tokens()
            await library.reload()
        except Unavailable as e:
            runtime.health.waiting_for("broker")
            structlog.get_logger().warning("service.waiting", what="broker", error=str(e))
            await wait(runtime.stop, _STARTS_AGAIN_AFTER)
        else:
            return True
    return False


def main() -> None:
    run("poller", Settings, serve, paces=True)


if __name__ == "__main__":
    main()
