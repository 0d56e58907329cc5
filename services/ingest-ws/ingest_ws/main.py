"""Market socket to tick streams."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from ingest_ws.adapters.broker import BrokerPasses, Catalogue
from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.gate import TickGate
from ingest_ws.adapters.memory import MemoryWatch
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.adapters.socket import Dialler
from ingest_ws.handlers import Feed, not_ready_because
from ingest_ws.intake import Intake
from ingest_ws.settings import Settings
from oi_common.broker.instruments import load_instruments
from oi_common.broker.session import BrokerSession
from oi_common.connections import connect_redis_blocking
from oi_common.events import AlertRaised, TickReceived, stream_of
from oi_common.leases import Lease, Leases
from oi_common.market.sessions import session_at
from oi_common.market.underlyings import segment_of
from oi_common.service import Runtime, run
from oi_common.trimming import in_real_time, keep_trimmed
from oi_common.waiting import wait

_LOOK_EVERY = timedelta(seconds=1)


async def serve(runtime: Runtime[Settings]) -> None:
    """Feed the slots whose leases we hold, until told to stop."""
    settings, stop = runtime.settings, runtime.stop
    slots = settings.slots()
    intake, gate = Intake(runtime.clock.now, TickBuffer(settings.tick_buffer)), TickGate()
    publisher = TickPublisher(
        connect_redis_blocking(settings.redis_url),
        TickBuffer(settings.tick_buffer),
        gate=gate,
        more=intake.entries,
    )
    memory = MemoryWatch(runtime.redis, gate, runtime.clock.now)
    catalogue = _catalogue(runtime)
    new_feed = _feed_maker(runtime, slots, intake, catalogue)
    feeds: dict[str, Feed] = {}

    async def work(lease: Lease, done: asyncio.Event) -> None:
        feed = feeds[lease.partition] = new_feed(lease.partition)
        try:
            await feed.run(done)
        finally:
            del feeds[lease.partition]

    streams = [stream_of(TickReceived, name) for name in settings.underlyings]
    leases = Leases(runtime.redis, runtime.name, settings.instance_name)
    publisher.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(leases.work_on(tuple(slots), work, stop))
            tasks.create_task(
                keep_trimmed(runtime.redis, streams, in_real_time(settings.ticks_kept, runtime.clock), stop)
            )
            tasks.create_task(
                keep_trimmed(runtime.redis, [stream_of(AlertRaised)], settings.streams_kept, stop)
            )
            tasks.create_task(memory.run(stop))
            tasks.create_task(catalogue.keep_fresh(stop))
            tasks.create_task(_watch(runtime, feeds, publisher, gate))
    finally:
        await asyncio.to_thread(publisher.stop)


def _catalogue(runtime: Runtime[Settings]) -> Catalogue:
    settings, clock = runtime.settings, runtime.clock
    return Catalogue(
        partial(load_instruments, settings, clock),
        clock.now,
        expiries=settings.expiries,
        with_chains=settings.has_chains,
    )


def _feed_maker(
    runtime: Runtime[Settings], slots: Mapping[str, tuple[str, ...]], intake: Intake, catalogue: Catalogue
) -> Callable[[str], Feed]:
    """Return what makes a slot's feed; all of them share the session, the instruments and the intake."""
    settings, clock = runtime.settings, runtime.clock
    passes = BrokerPasses(BrokerSession(runtime.redis, settings, clock), settings)
    dialler = Dialler(settings.angel_ws_url, intake.on_packets, partial(_is_trading, runtime))
    return lambda slot: Feed(
        slot,
        partial(catalogue.families, slots[slot]),
        dialler.dial,
        passes,
        intake,
        reach=settings.reach,
        edition=lambda: catalogue.edition,
        chance=random.random,
    )


async def _watch(
    runtime: Runtime[Settings], feeds: dict[str, Feed], publisher: TickPublisher, gate: TickGate
) -> None:
    """Say again and again whether we are ready; a publisher that has died ends the service."""
    while not runtime.stop.is_set():
        await wait(runtime.stop, _LOOK_EVERY)
        publisher.check()
        reason = not_ready_because(tuple(feeds.values()), trading=_is_trading(runtime))
        if gate.is_closed:
            runtime.health.waiting_for("redis is nearly full, ticks are refused")
        elif reason is None:
            runtime.health.ready()
        else:
            runtime.health.waiting_for(reason)


def _is_trading(runtime: Runtime[Settings]) -> bool:
    now = runtime.clock.now()
    segments = {segment_of(name) for name in runtime.settings.indices}
    return any(session_at(segment, now) is not None for segment in segments)


def main() -> None:
    run("ingest-ws", Settings, serve)


if __name__ == "__main__":
    main()
