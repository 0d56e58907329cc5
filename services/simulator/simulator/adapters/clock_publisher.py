"""The exchange's own time, and its publication in Redis for everyone else (`oi:clock`)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from redis.exceptions import RedisError

from oi_common.clock import CLOCK_KEY, WAITING_KEY
from oi_common.connections import REDIS_DOWN, AsyncRedis
from oi_common.market.buckets import IST
from oi_common.waiting import wait
from simulator.core.exchange_clock import Reading, awaited, released, resumed, stepped, stopped

_STEP_EVERY = timedelta(milliseconds=10)


class PublishedClock:
    """The exchange's time; what it shows obeys the same limit as what it publishes."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.reading.at(time.time()), IST)


class ClockPublisher:
    """Looks at who waits, lets time run so far, and tells everyone.

    Time does not begin before `pacers_needed` services have said that they pace it: so a fast day is not half over
    before those who work through it have started. With `lets_finish` time goes on past the end for who is still at work.
    """

    def __init__(
        self,
        redis: AsyncRedis,
        clock: PublishedClock,
        *,
        end: datetime,
        pacers_needed: int = 0,
        lets_finish: bool = False,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._end = end.timestamp()
        self._published: Reading | None = None
        self._untils: list[float] = []
        self._needed = pacers_needed
        self._lets_finish = lets_finish
        self._log = structlog.get_logger()
        self._is_away = False
        self._unread: Callable[[], Awaitable[None]] | None = None

    async def begin(self, day: date, *, speed: float, resume: bool) -> None:
        """Go on from what an earlier run of the same day has published, if there is one and it is wanted.

        While Redis is away nobody knows: then that is looked up before anything is published, or time would go back.
        """
        self._unread = None
        try:
            before = Reading.of_fields(await self._redis.hgetall(CLOCK_KEY))
        except (KeyError, ValueError):
            return
        except (*REDIS_DOWN, RedisError) as e:
            self._unread = partial(self.begin, day, speed=speed, resume=resume)
            self._note_away(e)
            return
        if resume and before.day == day:
            self._clock.reading = resumed(before, time.time(), speed=speed)
            self._log.info("clock.resumed", at=self._clock.now().isoformat())
            if before.state == "ended":
                self._log.warning(
                    "day.ended", day=day.isoformat(), remedy="set another SIM_DAY, or empty Redis"
                )

    async def run(self, stop: asyncio.Event) -> None:
        """Keep time until `stop`, then leave it standing still for the next run to go on from."""
        while not stop.is_set():
            await self._look()
            # Ourselves first: a service that is let on must find the exchange there already.
            self._step(time.time())
            await self._publish()
            await wait(stop, _STEP_EVERY)
        self._clock.reading = stopped(self._clock.reading, time.time())
        await self._publish()

    def _step(self, real: float) -> None:
        if len(self._untils) < self._needed:
            return
        if self._needed:
            self._needed = 0
            self._clock.reading = released(self._clock.reading, real)
            self._log.info("clock.begun", pacers=len(self._untils))
        permit = min(self._untils, default=None)
        self._clock.reading = stepped(
            self._clock.reading, permit, real, end=self._end, lets_finish=self._lets_finish
        )

    async def _look(self) -> None:
        try:
            self._untils = awaited(await self._redis.hgetall(WAITING_KEY), time.time())
        except (*REDIS_DOWN, RedisError) as e:
            self._note_away(e)

    async def _publish(self) -> None:
        if self._unread is not None:
            await self._unread()
        if self._unread is not None:
            return
        if self._clock.reading == self._published:
            return
        try:
            await self._redis.hset(CLOCK_KEY, mapping=self._clock.reading.as_fields())
        except (*REDIS_DOWN, RedisError) as e:
            self._note_away(e)
            return
        self._published = self._clock.reading
        if self._is_away:
            self._is_away = False
            self._log.info("clock.published_again")

    def _note_away(self, error: Exception) -> None:
        """Say once that Redis is away; the last permission stands, and all is published again afterwards."""
        self._published = None
        if not self._is_away:
            self._is_away = True
            self._log.warning("clock.unpublished", error=str(error))
