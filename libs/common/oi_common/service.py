"""How a service lives: settings, logs, signals, health, clock, heartbeat, exit code."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Table, select

from oi_common.clock import Clock, SimulatedClock, WallClock
from oi_common.connections import REDIS_DOWN, AsyncRedis, check_redis, connect_redis
from oi_common.database import Database
from oi_common.errors import FuseBlown, Misconfigured, Unavailable
from oi_common.health import Health, serve_health
from oi_common.heartbeats import beat, last_word
from oi_common.logs import configure_logs
from oi_common.market.rulebook.days import horizon_warning
from oi_common.origin import claim_origin
from oi_common.recorded import RecordedClock
from oi_common.refusing import errors_in, refuse
from oi_common.settings import ServiceSettings
from oi_common.simulator import until_simulator_tells
from oi_common.told_settings import tell_settings
from oi_common.waiting import wait

S = TypeVar("S", bound=ServiceSettings)

_RETRY = timedelta(seconds=1)
_STARTS_WITHIN = timedelta(minutes=2)
_HOLIDAYS_KNOWN_FOR = timedelta(days=30)  # less than that ahead is worth a warning: a service runs for weeks


@dataclass(frozen=True, slots=True)
class Runtime(Generic[S]):
    """What `serve` is handed: the things every service has."""

    name: str
    settings: S
    stop: asyncio.Event
    redis: AsyncRedis
    database: Database
    clock: Clock
    health: Health


Serve = Callable[[Runtime[S]], Awaitable[None]]


def run(name: str, settings: type[S], serve: Serve[S], *, paces: bool = False) -> None:
    """Run a service until SIGTERM or SIGINT, then exit 0; a fatal error exits non-zero.

    Exit code 78 means that a person must change a setting first (with UNCONFIGURED=wait the service waits for that),
    65 that too much of a stream could not be processed.
    `paces`: the simulated exchange waits for this service's work (see `SimulatedClock`).
    """
    try:
        surroundings = ServiceSettings.load({})
        configure_logs(name, surroundings.log_format)
        asyncio.run(_begun(name, surroundings, settings, serve, paces=paces))
    except (Misconfigured, FuseBlown) as e:
        refuse(name, e)
    except BaseExceptionGroup as group:  # what `serve` raises leaves its task groups wrapped
        wrong, other = group.split((Misconfigured, FuseBlown))
        if wrong is None or other is not None:
            raise
        refuse(name, wrong)


async def until_table_answers(runtime: Runtime[S], table: Table) -> None:
    """Wait for the database and this table of it, then say that the service is ready."""
    query = select(*table.primary_key.columns).limit(1)
    while not runtime.stop.is_set():
        try:
            await runtime.database.read(lambda connection: connection.execute(query).all())
        except Unavailable as e:
            runtime.health.waiting_for(str(e))
            structlog.get_logger().warning("database.waiting", error=str(e))
            await wait(runtime.stop, _RETRY)
        else:
            runtime.health.ready()
            return


async def _begun(
    name: str, surroundings: ServiceSettings, settings: type[S], serve: Serve[S], *, paces: bool
) -> None:
    """Say how we are from the first moment on; know the settings once the simulator, if there is one, tells them."""
    stop, health = asyncio.Event(), Health()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    simulator = os.environ.get("SIMULATOR_URL", "")
    # Where nobody is to be asked, what is wrong is said before anything begins.
    known = None if simulator else settings.load({})
    async with serve_health(health, surroundings.health_host, surroundings.health_port):
        given = await until_simulator_tells(simulator, surroundings.redis_url, stop, health)
        if not stop.is_set():
            await _live(name, known or settings.load(given), serve, stop, health, paces=paces)


async def _live(
    name: str, settings: S, serve: Serve[S], stop: asyncio.Event, health: Health, *, paces: bool
) -> None:
    log = structlog.get_logger()
    redis = connect_redis(settings.redis_url)
    database = Database(settings.database_url)
    log.info("service.started", instance=settings.instance_name)
    try:
        await _until_redis_answers(name, redis, settings, stop, health)
        if stop.is_set():
            return
        async with asyncio.TaskGroup() as tasks:
            clock = await _clock(name, settings, redis, tasks, stop, paces=paces)
            if said := horizon_warning(clock.now().date() + _HOLIDAYS_KNOWN_FOR):
                log.warning("rulebook.ends", said=said)
            runtime = Runtime(name, settings, stop, redis, database, clock, health)
            tasks.create_task(beat(database, name, settings.instance_name, health, stop))
            await _serving(runtime, serve)
    finally:
        await redis.aclose()
        database.close()
        log.info("service.stopped")


async def _serving(runtime: Runtime[S], serve: Serve[S]) -> None:
    try:
        await serve(runtime)
    except BaseException as e:
        await _say_what_blew(runtime, e)
        raise
    else:
        if not runtime.stop.is_set():
            raise RuntimeError(f"{runtime.name} came to an end that nobody asked for")
    finally:
        runtime.stop.set()


async def _say_what_blew(runtime: Runtime[S], error: BaseException) -> None:
    """A blown fuse is left behind in the heartbeat row: nobody may have seen the end itself."""
    if blown := [each.stream for each in errors_in(error) if isinstance(each, FuseBlown)]:
        runtime.health.waiting_for(f"fuse blown: {', '.join(blown)}")
        await last_word(runtime.database, runtime.name, runtime.settings.instance_name, runtime.health.status)


async def _until_redis_answers(
    name: str, redis: AsyncRedis, settings: ServiceSettings, stop: asyncio.Event, health: Health
) -> None:
    """Redis may start after us; one that never comes is fatal, so that the supervisor says so."""
    deadline = asyncio.get_running_loop().time() + _STARTS_WITHIN.total_seconds()
    while not stop.is_set():
        try:
            await check_redis(redis)
            await claim_origin(redis, settings.clock)
            await tell_settings(redis, name, settings)
        except (Unavailable, *REDIS_DOWN) as e:
            health.waiting_for("redis")
            structlog.get_logger().warning("service.waiting", what="redis", error=str(e))
            if asyncio.get_running_loop().time() > deadline:
                raise
            await wait(stop, timedelta(seconds=1))
        else:
            return


async def _clock(
    name: str,
    settings: ServiceSettings,
    redis: AsyncRedis,
    tasks: asyncio.TaskGroup,
    stop: asyncio.Event,
    *,
    paces: bool,
) -> Clock:
    if settings.clock == "wall":
        return WallClock()
    kind = RecordedClock if settings.clock == "recorded" else SimulatedClock
    clock = kind(redis, paced_by=f"{name}:{settings.instance_name}" if paces else None)
    await clock.first_reading()
    tasks.create_task(clock.follow(stop))
    return clock
