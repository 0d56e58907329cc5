"""Today's strike windows in Redis, so that a restart goes on with what was polled before."""

from contextlib import suppress
from datetime import date, timedelta

from redis.exceptions import RedisError

from oi_common.connections import REDIS_DOWN, AsyncRedis
from poller.core.window import Window

_KEPT: timedelta = timedelta(days=2)
_Chain = tuple[str, date, date]


class SharedWindows:
    """Widest window of each chain and day; while Redis is away, what this process knows."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._known: dict[_Chain, Window] = {}

    async def load(self, underlying: str, expiry: date, day: date) -> Window | None:
        chain = (underlying, expiry, day)
        if chain not in self._known:
            with suppress(*REDIS_DOWN, RedisError, ValueError):
                text = await self._redis.hget(_key(underlying, day), expiry.isoformat())
                if text:
                    lowest, highest = map(int, text.split("-"))
                    self._known[chain] = Window(lowest, highest)
        return self._known.get(chain)

    async def save(self, underlying: str, expiry: date, day: date, window: Window) -> None:
        chain = (underlying, expiry, day)
        if self._known.get(chain) == window:
            return
        self._known = {known: w for known, w in self._known.items() if known[2] == day}
        self._known[chain] = window
        with suppress(*REDIS_DOWN, RedisError):
            await self._redis.hset(
                _key(underlying, day), expiry.isoformat(), f"{window.lowest}-{window.highest}"
            )
            await self._redis.expire(_key(underlying, day), _KEPT)


def _key(underlying: str, day: date) -> str:
    return f"oi:state:poller:{{{underlying}}}:{day.isoformat()}"
