"""One row per running service instance, renewed every few seconds (table `services`)."""

import asyncio
import os
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from oi_common.clock import WallClock
from oi_common.database import Database, upsert
from oi_common.errors import Unavailable
from oi_common.health import Health
from oi_common.market.buckets import utc_naive
from oi_common.tables import services
from oi_common.waiting import wait

_EVERY = timedelta(seconds=5)


async def beat(database: Database, service: str, instance: str, health: Health, stop: asyncio.Event) -> None:
    """Write this instance's heartbeat row until `stop`; a database that is away is waited for."""
    started_at = _now()
    while True:
        row = {
            "service": service,
            "instance": instance[:64],
            "pid": os.getpid(),
            "started_at": started_at,
            "beat_at": _now(),
            "status": "stopping" if stop.is_set() else health.not_ready_because or "ready",
        }
        try:
            await database.run(partial(_write, row))
        except Unavailable as e:
            structlog.get_logger().warning("heartbeat.skipped", error=str(e))
        if stop.is_set():
            return
        await wait(stop, _EVERY)


def _write(row: dict[str, object], connection: Connection) -> None:
    upsert(connection, services, [row])


def _now() -> datetime:
    """Return the machine's real time: a heartbeat is about the process, not the market."""
    return utc_naive(WallClock().now())
