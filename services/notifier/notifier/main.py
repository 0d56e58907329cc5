"""Tell a trader on Telegram what is worth knowing, once, and answer what is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from notifier.adapters.chats import Chats
from notifier.adapters.console import Console
from notifier.adapters.ledger import Ledger
from notifier.adapters.outbox import Outbox
from notifier.adapters.painter import LedgerPainter
from notifier.adapters.records import Records
from notifier.adapters.telegram import Telegram, telegram
from notifier.courier import Courier
from notifier.desk import Desk
from notifier.handlers import Notifier
from notifier.ports import Messenger, NotSent
from notifier.settings import Settings
from notifier.watch import Watch
from oi_common.clock import WallClock
from oi_common.effects import EffectsWriter
from oi_common.errors import Misconfigured
from oi_common.events import AlertRaised, DecisionMade, OiChanged, SnapshotSaved, TradeFilled, stream_of
from oi_common.leases import Lease, Leases
from oi_common.service import Runtime, run, until_table_answers
from oi_common.subscriber import DeliveryPolicy, Route, Subscriber
from oi_common.tables import alerts_sent
from oi_common.waiting import wait

_GROUP: Final = "notifier"
_TELEGRAM: Final = "TELEGRAM"  # one replica speaks: two must not ask for updates at once
_RETRY: Final = timedelta(seconds=2)
# Entries of a replica that died are taken over soon: handling one takes milliseconds.
_POLICY: Final = DeliveryPolicy(reclaim_after=timedelta(seconds=30))


async def serve(runtime: Runtime[Settings]) -> None:
    """Read all partitions' events as one of the group; speak, too, while this replica holds the lease."""
    settings = runtime.settings
    if not settings.is_dry_run and not settings.chats:
        raise Misconfigured("TELEGRAM_CHAT_IDS is not set: nobody could be told (see .env.example)")
    ledger, records = Ledger(runtime.database), Records(runtime.database)
    outbox = Outbox(runtime.database, settings.chats, settings.messages_a_day)
    notifier = Notifier(outbox, ledger, records, runtime.clock, settings.alerts_off)
    await until_table_answers(runtime, alerts_sent)
    leases = Leases(runtime.redis, _GROUP, settings.instance_name)
    work = partial(_speak, runtime, outbox, ledger, records)
    async with asyncio.TaskGroup() as tasks:
        for index in settings.indices:
            tasks.create_task(_market(runtime, notifier, index).run(runtime.stop))
        tasks.create_task(_alerts(runtime, notifier).run(runtime.stop))
        tasks.create_task(leases.work_on((_TELEGRAM,), work, runtime.stop))


def _market(runtime: Runtime[Settings], notifier: Notifier, index: str) -> Subscriber:
    routes = {
        stream_of(SnapshotSaved, index): Route(SnapshotSaved, notifier.on_snapshot),
        stream_of(OiChanged, index): Route(OiChanged, notifier.on_change),
        stream_of(DecisionMade, index): Route(DecisionMade, notifier.on_decision),
        stream_of(TradeFilled, index): Route(TradeFilled, notifier.on_trade),
    }
    return _subscriber(runtime, routes, f"{{{index}}}", index)


def _alerts(runtime: Runtime[Settings], notifier: Notifier) -> Subscriber:
    stream = stream_of(AlertRaised)
    return _subscriber(runtime, {stream: Route(AlertRaised, notifier.on_alert)}, f"{{{stream}}}", None)


def _subscriber(
    runtime: Runtime[Settings], routes: dict[str, Route], tag: str, underlying: str | None
) -> Subscriber:
    writer = EffectsWriter(
        runtime.redis, _GROUP, state_key=f"oi:state:{_GROUP}:{tag}", underlying=underlying, lease=None
    )
    consumer = runtime.settings.instance_name
    return Subscriber(runtime.redis, routes, group=_GROUP, consumer=consumer, writer=writer, policy=_POLICY)


async def _speak(
    runtime: Runtime[Settings],
    outbox: Outbox,
    ledger: Ledger,
    records: Records,
    _lease: Lease,
    stop: asyncio.Event,
) -> None:
    """Send, answer and watch while the lease is ours."""
    settings, clock, wall = runtime.settings, runtime.clock, WallClock().now
    painter = LedgerPainter(ledger, settings.indices)
    async with _messenger(settings, stop) as messenger:
        if messenger is None:
            return
        courier = Courier(
            outbox, messenger, painter, clock, stale_after=settings.stale_after, silent=settings.silent_hours
        )
        desk = Desk(
            settings.chats,
            settings.indices,
            messenger,
            Chats(runtime.database),
            ledger,
            records,
            painter,
            clock,
            wall,
            silent=settings.silent_hours,
        )
        watch = Watch(settings, outbox, ledger, records, painter, clock, wall)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(painter.warm_up())
            tasks.create_task(courier.run(stop))
            tasks.create_task(desk.run(stop))
            tasks.create_task(watch.run(stop))


@asynccontextmanager
async def _messenger(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Messenger | None]:
    """Lend Telegram once it answers, or the log where there is no token; None when we are to stop before."""
    if settings.telegram_bot_token is None:
        yield Console(settings.data_dir / "telegram")
        return
    while not stop.is_set():
        try:
            connection = telegram(settings.telegram_bot_token.get_secret_value(), settings.telegram_base_url)
            bot = await connection.__aenter__()
        except NotSent as e:
            structlog.get_logger().warning("telegram.waiting", error=str(e))
            await wait(stop, e.retry(_RETRY))
            continue
        try:
            await _register(bot, stop)
            yield bot
        finally:
            await connection.__aexit__(None, None, None)
        return
    yield None


async def _register(bot: Telegram, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await bot.register()
        except NotSent as e:
            structlog.get_logger().warning("telegram.waiting", error=str(e))
            await wait(stop, e.retry(_RETRY))
        else:
            return


def main() -> None:
    run("notifier", Settings, serve)


if __name__ == "__main__":
    main()
