"""What time it is: the wall clock, or the simulated exchange's, which every service follows."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from oi_common.connections import REDIS_DOWN, AsyncRedis
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST

CLOCK_KEY = "oi:clock"
WAITING_KEY = "oi:clock:waiting"

_READ_EVERY = timedelta(milliseconds=20)
_READ_EVERY_WHEN_PACING = timedelta(milliseconds=5)  # the whole market waits for a pacing process
_REFRESH_EVERY = timedelta(milliseconds=500)
_READ_LATELY = 1.0  # real seconds; longer ago, the process was stopped meanwhile and the exchange went on
_FIRST_READING_WITHIN = timedelta(seconds=30)


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """Return the present moment, aware, in IST."""

    async def sleep_until(self, moment: datetime) -> None:
        """Return when this clock shows `moment` or later."""


class WallClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), IST)

    async def sleep_until(self, moment: datetime) -> None:
        while (remaining := (moment - self.now()).total_seconds()) > 0:
            await asyncio.sleep(remaining)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the simulated exchange last said: it was `simulated` at `real`, running at `speed` up to `limit`."""

    simulated: float
    real: float
    speed: float
    limit: float

    def at(self, real: float) -> float:
        """Return the simulated epoch seconds at a real moment. The limit is never passed."""
        return min(self.simulated + (real - self.real) * self.speed, self.limit)


class SimulatedClock:
    """The exchange's time as it lies in Redis, read every few milliseconds.

    A pacing clock also makes runs reproducible: it tells the exchange up to which moment its process has
    done its work, and the exchange lets time run no further (key `oi:clock:waiting`). While the process
    works, time stands still.
    """

    def __init__(self, redis: AsyncRedis, *, paced_by: str | None = None) -> None:
        self._redis = redis
        self._pacer = paced_by
        self._step = (_READ_EVERY if paced_by is None else _READ_EVERY_WHEN_PACING).total_seconds()
        self._reading: Reading | None = None
        self._until: float | None = None
        self._latest = 0.0
        self._tried: float | None = None
        self._log = structlog.get_logger()

    def now(self) -> datetime:
        if self._reading is None:
            raise Unavailable("the simulated clock has not been read yet")
        # Two replicas of the exchange's arithmetic may differ by a rounding: never show a step back.
        self._latest = max(self._latest, self._reading.at(time.time()))
        return datetime.fromtimestamp(self._latest, IST)

    @property
    def speed(self) -> float:
        """How many times faster than real time the exchange last said that it runs."""
        return self._reading.speed if self._reading is not None else 1.0

    async def sleep_until(self, moment: datetime) -> None:
        if self._pacer is not None:
            self._until = moment.timestamp()
            await self._tell()
        while (remaining := (moment - self.now()).total_seconds()) > 0 or self._is_out_of_date():
            speed = self._reading.speed if self._reading and self._reading.speed > 0 else 1.0
            await asyncio.sleep(min(remaining / speed, self._step) if remaining > 0 else self._step)

    def _is_out_of_date(self) -> bool:
        return self._tried is not None and time.monotonic() - self._tried > _READ_LATELY

    async def follow(self, stop: asyncio.Event) -> None:
        """Keep reading until `stop`; while Redis is away the last reading goes on."""
        refreshed = 0.0
        while not stop.is_set():
            with suppress(*REDIS_DOWN):
                await self._read()
                if self._until is not None and time.monotonic() - refreshed > _REFRESH_EVERY.total_seconds():
                    await self._tell()
                    refreshed = time.monotonic()
            self._tried = time.monotonic()
            await asyncio.sleep(self._step)
        self._tried = None
        if self._pacer is not None:
            with suppress(*REDIS_DOWN):
                await self._redis.hdel(WAITING_KEY, self._pacer)

    async def first_reading(self) -> None:
        """Wait for the exchange to say what time it is. Raises Unavailable when it says nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_READING_WITHIN.total_seconds()):
                while self._reading is None:
                    with suppress(*REDIS_DOWN):
                        await self._read()
                    await asyncio.sleep(_READ_EVERY.total_seconds())
                return
        raise Unavailable(
            "CLOCK is `simulated` but no simulator publishes its time: start it, or unset CLOCK"
        )

    async def _read(self) -> None:
        fields = await self._redis.hmget(CLOCK_KEY, "sim", "real", "speed", "limit")
        if None not in fields:
            self._reading = Reading(*(float(field) for field in fields))

    async def _tell(self) -> None:
        with suppress(*REDIS_DOWN):
            await self._redis.hset(WAITING_KEY, self._pacer, f"{self._until} {time.time()}")
