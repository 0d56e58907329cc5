"""How a service lives: settings, logs, signals, health, clock, heartbeat, exit code."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, NoReturn, TypeVar

import structlog

from oi_common.clock import Clock, SimulatedClock, WallClock
from oi_common.connections import AsyncRedis, check_redis, connect_redis
from oi_common.database import Database
from oi_common.errors import EXIT_MISCONFIGURED, Misconfigured, Unavailable
from oi_common.health import Health, serve_health
from oi_common.heartbeats import beat
from oi_common.logs import configure_logs, redacted
from oi_common.origin import claim_origin
from oi_common.settings import ServiceSettings
from oi_common.waiting import wait

S = TypeVar("S", bound=ServiceSettings)

_STARTS_WITHIN = timedelta(minutes=2)


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

    Exit code 78 (or UNCONFIGURED_EXIT_CODE) means that a person must change a setting first.
    `paces`: the simulated exchange waits for this service's work (see `SimulatedClock`).
    """
    try:
        loaded = settings.load()
        configure_logs(name, loaded.log_format)
        asyncio.run(_live(name, loaded, serve, paces=paces))
    except Misconfigured as e:
        _refuse(name, e)
    except BaseExceptionGroup as group:  # what `serve` raises leaves its task groups wrapped
        wrong, other = group.split(Misconfigured)
        if wrong is None or other is not None:
            raise
        _refuse(name, wrong)


def _refuse(name: str, error: BaseException) -> NoReturn:
    sys.stderr.write(f"{name}: {redacted('; '.join(_said(error)))}\n")
    sys.exit(int(os.environ.get("UNCONFIGURED_EXIT_CODE", EXIT_MISCONFIGURED)))


def _said(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _said(each)
    else:
        yield str(error)


async def _live(name: str, settings: S, serve: Serve[S], *, paces: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log = structlog.get_logger()
    redis = connect_redis(settings.redis_url)
    database = Database(settings.database_url)
    health = Health()
    log.info("service.started", instance=settings.instance_name)
    try:
        async with serve_health(health, settings.health_host, settings.health_port):
            await _until_redis_answers(redis, stop, health)
            if stop.is_set():
                return
            await claim_origin(redis, settings.clock)
            async with asyncio.TaskGroup() as tasks:
                clock = await _clock(name, settings, redis, tasks, stop, paces=paces)
                runtime = Runtime(name, settings, stop, redis, database, clock, health)
                tasks.create_task(beat(database, name, settings.instance_name, health, stop))
                try:
                    await serve(runtime)
                finally:
                    stop.set()
    finally:
        await redis.aclose()
        database.close()
        log.info("service.stopped")


async def _until_redis_answers(redis: AsyncRedis, stop: asyncio.Event, health: Health) -> None:
    """Redis may start after us; one that never comes is fatal, so that the supervisor says so."""
    deadline = asyncio.get_running_loop().time() + _STARTS_WITHIN.total_seconds()
    while not stop.is_set():
        try:
            await check_redis(redis)
        except Unavailable as e:
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
    clock = SimulatedClock(redis, paced_by=f"{name}:{settings.instance_name}" if paces else None)
    await clock.first_reading()
    tasks.create_task(clock.follow(stop))
    return clock
