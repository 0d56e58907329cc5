"""One row per running service instance, renewed every few seconds (table `services`)."""

import asyncio
import os
from datetime import datetime, timedelta

import structlog

from oi_common.clock import WallClock
from oi_common.database import Database
from oi_common.errors import Unavailable
from oi_common.health import Health
from oi_common.market.buckets import utc_naive
from oi_common.tables import services
from oi_common.upserts import upsert
from oi_common.waiting import wait

_EVERY = timedelta(seconds=5)


async def beat(database: Database, service: str, instance: str, health: Health, stop: asyncio.Event) -> None:
    """Write this instance's heartbeat row until `stop`; a database that is away is waited for."""
    started_at = _now()
    while True:
        await _say(database, service, instance, started_at, "stopping" if stop.is_set() else health.status)
        if stop.is_set():
            return
        await wait(stop, _EVERY)


async def last_word(database: Database, service: str, instance: str, status: str) -> None:
    """Leave behind why this instance ends by itself; a database that is away is not waited for."""
    await _say(database, service, instance, _now(), status, keep=frozenset({"started_at"}))


async def _say(
    database: Database,
    service: str,
    instance: str,
    started_at: datetime,
    status: str,
    keep: frozenset[str] = frozenset(),
) -> None:
    row = {
        "service": service,
        "instance": instance[:64],
        "pid": os.getpid(),
        "started_at": started_at,
        "beat_at": _now(),
        "status": status[:100],
    }
    try:
        await database.run(lambda connection: upsert(connection, services, [row], keep=keep))
    except Unavailable as e:
        structlog.get_logger().warning("heartbeat.skipped", error=str(e))


def _now() -> datetime:
    """Return the machine's real time: a heartbeat is about the process, not the market."""
    return utc_naive(WallClock().now())
