"""Events on their way to Redis: published once and in order, by way of the disk while Redis is away."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from redis.exceptions import RedisError

from oi_common.errors import Unavailable
from oi_common.events import Event
from oi_common.publisher import Publisher
from oi_common.waiting import wait
from poller.adapters.spool import Spool
from poller.metrics import OVERFLOWED, SPOOLED

_REDIS_RESTS: Final = timedelta(seconds=3)  # real time: a server that hangs must not hold up every poll


class SpoolingOutbox:
    """Publishes; what Redis does not take waits on disk, and everything after it waits behind it."""

    def __init__(
        self, publisher: Publisher, folder: Path, most_bytes: int, redis_rests: timedelta = _REDIS_RESTS
    ) -> None:
        self._publisher = publisher
        self._folder = folder
        self._most_bytes = most_bytes
        self._spools: dict[str, Spool] = {}
        self._redis_rests = redis_rests
        self._ask_redis_after = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._log = structlog.get_logger()

    async def send(self, event: Event, underlying: str) -> None:
        """Publish the event, or keep it until that can be done. Sending it again is harmless."""
        async with self._one_at_a_time:
            if await self._drained(underlying) and await self._published(event, underlying):
                return
            await self._keep(event, underlying)

    def is_waiting(self, underlying: str) -> bool:
        return self._spool(underlying).size > 0

    async def keep_draining(self, stop: asyncio.Event) -> None:
        """Publish what waits on disk once Redis is back, though nothing new may come; until `stop`."""
        while not stop.is_set():
            for underlying in tuple(self._spools):
                async with self._one_at_a_time:
                    await self._drained(underlying)
            await wait(stop, self._redis_rests)

    def open(self, underlying: str) -> None:
        """Take up the partition, with what an earlier run has left on disk."""
        self._spool(underlying)

    def close(self, underlying: str) -> None:
        """Leave the partition to its next owner; the file stays for the next time it is ours."""
        self._spools.pop(underlying, None)

    async def _drained(self, underlying: str) -> bool:
        """Publish what waits; say whether nothing waits any more."""
        spool = self._spool(underlying)
        if not spool.size:
            return True
        drained = 0
        for event in spool.events():  # a line at a time: the file may be long, and Redis still away
            if not await self._published(event, underlying):
                return False
            drained += 1
        await asyncio.to_thread(spool.clear)
        SPOOLED.labels(underlying).set(0)
        self._log.info("spool.drained", underlying=underlying, events=drained)
        return True

    async def _published(self, event: Event, underlying: str) -> bool:
        if time.monotonic() < self._ask_redis_after:
            return False
        try:
            await self._publisher.publish_once(event, underlying)
        except (Unavailable, RedisError) as e:
            self._ask_redis_after = time.monotonic() + self._redis_rests.total_seconds()
            self._log.warning("outbox.waiting", what="redis", error=str(e))
            return False
        return True

    async def _keep(self, event: Event, underlying: str) -> None:
        spool = self._spool(underlying)
        if not await asyncio.to_thread(spool.append, event):
            OVERFLOWED.labels(underlying).inc()
            self._log.error("spool.overflowed", underlying=underlying, lost=event.event_id, bytes=spool.size)
        SPOOLED.labels(underlying).set(spool.size)

    def _spool(self, underlying: str) -> Spool:
        return self._spools.setdefault(
            underlying, Spool(self._folder / f"{underlying}.ndjson", self._most_bytes)
        )
