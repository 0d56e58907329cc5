"""The day's budget in rupees, hard, and shared by every replica of every loop.

The worst case of a call is reserved before it is made, in one step in Redis; afterwards the reservation is settled to what
the call cost. Whatever dies in between leaves the reservation standing: too much is counted, never too little.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from prometheus_client import Counter
from redis.exceptions import RedisError

from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.errors import Unavailable
from oi_common.llm.prices import MICRO
from oi_common.market.buckets import IST

_KEPT: Final = timedelta(days=3)

OVERRUNS = Counter("oi_ai_overruns", "Calls that cost more than the worst case that was reserved")

_RESERVE = """
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + tonumber(ARGV[1]) > tonumber(ARGV[2]) then
  return 0
end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_SETTLE = """
local spent = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return spent
"""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The worst case of one call, in millionths of a rupee, and the day it counts for."""

    day: date
    amount: int


class Budget:
    """Reserves and settles. Days are those of IST by real time, as a bill is: moments are given by the caller."""

    def __init__(self, redis: AsyncRedis, daily_inr: float) -> None:
        self._redis = redis
        self._limit = int(daily_inr * MICRO)
        self._reserve = redis.register_script(_RESERVE)
        self._settle = redis.register_script(_SETTLE)

    async def reserve(self, amount: int, at: datetime) -> Reservation | None:
        """Reserve millionths of a rupee of the day of `at`; None when the budget does not hold them.

        Raises Unavailable when Redis cannot be asked: then nobody knows what is left.
        """
        day = at.astimezone(IST).date()
        with _redis_trouble_is_unavailable():
            is_reserved = await self._reserve(keys=[_key(day)], args=[amount, self._limit, _seconds(_KEPT)])
        return Reservation(day, amount) if is_reserved else None

    async def settle(self, reservation: Reservation, cost: int) -> None:
        """Turn a reservation into what the call cost. Raises Unavailable when Redis cannot be told."""
        if cost > reservation.amount:
            OVERRUNS.inc()
        with _redis_trouble_is_unavailable():
            await self._settle(
                keys=[_key(reservation.day)], args=[cost - reservation.amount, _seconds(_KEPT)]
            )

    async def spent(self, day: date) -> int:
        """Return what is spent and reserved of a day, in millionths of a rupee."""
        with _redis_trouble_is_unavailable():
            return int(await self._redis.get(_key(day)) or 0)


@contextmanager
def _redis_trouble_is_unavailable() -> Iterator[None]:
    """Whatever Redis does wrong, nobody knows what is left: no call is made."""
    try:
        with redis_away_is_unavailable():
            yield
    except RedisError as e:
        raise Unavailable(f"redis: {e}") from e


def _key(day: date) -> str:
    return f"oi:ai:spent:{{{day.isoformat()}}}"


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
