"""The broker's rate limits, kept by all processes of one client code together.

A request reserves the first moment that no window forbids, after every earlier reservation, and waits for it.
So nobody starves, nobody drifts, and with a simulated clock the same requests get the same moments in every run.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError

from oi_common.clock import Clock
from oi_common.connections import REDIS_DOWN, AsyncRedis
from oi_common.errors import Unavailable
from oi_common.limits import LIMITS, LocalLedger, Moment, Window
from oi_common.market.buckets import IST

_EPOCH: Final = datetime.fromtimestamp(0, IST)
_MICROSECOND: Final = timedelta(microseconds=1)
_REMEMBERED_MS: Final = 2 * 3600 * 1000
_REDIS_RESTS: Final = 5.0  # real seconds before a Redis that was away is asked again
_STALLED: Final = 2.0  # real seconds beyond its turn: the process was stopped, and others had turns meanwhile
_MOST_STRIKES: Final = 5
_LONGEST_COOL_DOWN: Final = timedelta(minutes=10)

LOCAL_WAITS = Counter("oi_broker_limiter_local", "Reservations made without the shared limiter", ["category"])
COOL_DOWNS = Counter("oi_broker_limiter_cool_downs", "Cool-downs after the broker throttled", ["category"])

# The list holds granted moments, newest first. One further ahead than any window can ask for was left by another
# run of simulated time: then the list begins anew.
_RESERVE = """
local at = tonumber(ARGV[1])
local newest = tonumber(redis.call('LINDEX', KEYS[1], 0) or 0)
local cool = tonumber(redis.call('HGET', KEYS[2], 'until') or 0)
local horizon = at + tonumber(ARGV[2])
if newest > horizon then
  redis.call('DEL', KEYS[1])
  newest = 0
end
if cool > horizon then
  redis.call('DEL', KEYS[2])
  cool = 0
end
local granted = math.max(at, newest, cool)
local most = 0
for i = 4, #ARGV, 2 do
  local limit = tonumber(ARGV[i + 1])
  local last = tonumber(redis.call('LINDEX', KEYS[1], limit - 1) or 0)
  if last > 0 then
    granted = math.max(granted, last + tonumber(ARGV[i]))
  end
  most = math.max(most, limit)
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', granted))
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return string.format('%.0f', granted)
"""

# A second refusal during a cool-down adds nothing; one soon after it doubles the next.
_COOL = """
local at, length, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ends = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
local strikes = tonumber(redis.call('HGET', KEYS[1], 'strikes') or 0)
if at < ends and ends <= at + longest then
  return string.format('%.0f', ends)
end
local forgiven = ends + 10 * length
if ends > 0 and at <= forgiven and at >= ends then
  strikes = math.min(strikes + 1, tonumber(ARGV[4]))
else
  strikes = 0
end
ends = at + math.min(length * 2 ^ strikes, longest)
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', ends), 'strikes', strikes)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return string.format('%.0f', ends)
"""


class SharedLimiter:
    """One limiter per client code; every process that uses the code has one of these."""

    def __init__(
        self,
        redis: AsyncRedis,
        clock: Clock,
        client_code: str,
        limits: Mapping[str, tuple[Window, ...]] = LIMITS,
    ) -> None:
        self._reserve = redis.register_script(_RESERVE)
        self._cool = redis.register_script(_COOL)
        self._redis = redis
        self._clock = clock
        self._client = client_code
        self._limits = limits
        self._local = LocalLedger(limits)
        self._ask_redis_after = 0.0
        self._log = structlog.get_logger()

    async def acquire(self, category: str, *, within: timedelta | None = None) -> None:
        """Return when one request of the category may be sent.

        Raises KeyError for an unknown category, Unavailable when the turn comes later than `within` from now.
        """
        while True:
            asked = time.monotonic()
            granted = await self._granted(category, self._now())
            ahead = max(granted - self._now(), 0)
            if within is not None and ahead > within // _MICROSECOND:
                raise Unavailable(f"{category}: the next turn comes in {ahead / 1_000_000:.0f} s")
            cooled = 0
            if ahead:
                await self._clock.sleep_until(_as_datetime(granted))
                cooled = await self._cooled_until(category)
            if time.monotonic() - asked > ahead / 1_000_000 + _STALLED:
                self._log.warning("limiter.turn_missed", category=category)
            elif cooled <= self._now():
                return

    async def cool_down(self, category: str, length: timedelta) -> datetime:
        """Let nobody send a request of the category for `length`, longer on repetition; return until when."""
        at = self._now()
        COOL_DOWNS.labels(category).inc()
        wanted = length // _MICROSECOND
        until = self._local.cool(category, await self._shared_cool_down(category, at, wanted) or at + wanted)
        self._log.warning("limiter.cooled_down", category=category, until=_as_datetime(until).isoformat())
        return _as_datetime(until)

    async def _shared_cool_down(self, category: str, at: Moment, length: Moment) -> Moment | None:
        """Tell the other processes; None when Redis cannot be told."""
        if not self._redis_is_asked():
            return None
        longest = _LONGEST_COOL_DOWN // _MICROSECOND
        arguments = [at, length, longest, _MOST_STRIKES, _REMEMBERED_MS]
        try:
            return int(await self._cool(keys=[self._key(category, ":cool")], args=arguments))
        except (*REDIS_DOWN, RedisError) as e:
            self._let_redis_rest(e)
            return None

    async def _granted(self, category: str, at: Moment) -> Moment:
        windows = self._limits[category]
        if self._redis_is_asked():
            flat = [part for window in windows for part in (window.length, window.limit)]
            horizon = max(window.length for window in windows) + _LONGEST_COOL_DOWN // _MICROSECOND
            keys = [self._key(category), self._key(category, ":cool")]
            # Redis knows nothing of what was sent while it was away.
            free = self._local.first_free(category, at, at + horizon)
            try:
                granted = int(await self._reserve(keys=keys, args=[free, horizon, _REMEMBERED_MS, *flat]))
            except (*REDIS_DOWN, RedisError) as e:
                self._let_redis_rest(e)
            else:
                self._local.note(category, granted)
                return granted
        LOCAL_WAITS.labels(category).inc()
        return self._local.reserve(category, at)

    async def _cooled_until(self, category: str) -> Moment:
        if self._redis_is_asked():
            try:
                said = await self._redis.hget(self._key(category, ":cool"), "until")
            except (*REDIS_DOWN, RedisError) as e:
                self._let_redis_rest(e)
            else:
                return int(said or 0)
        return self._local.cooled_until(category)

    def _now(self) -> Moment:
        return (self._clock.now() - _EPOCH) // _MICROSECOND

    def _redis_is_asked(self) -> bool:
        return time.monotonic() >= self._ask_redis_after

    def _let_redis_rest(self, error: Exception) -> None:
        self._ask_redis_after = time.monotonic() + _REDIS_RESTS
        self._log.warning("limiter.waiting", what="redis", error=str(error))

    def _key(self, category: str, suffix: str = "") -> str:
        return f"oi:limit:{{{self._client}}}:{category}{suffix}"


def _as_datetime(moment: Moment) -> datetime:
    return _EPOCH + moment * _MICROSECOND
