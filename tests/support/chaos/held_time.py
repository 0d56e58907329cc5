"""The exchange's time, held back: so that a fault meets what it is to meet."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any

import redis

from oi_common.market.buckets import IST
from support.chaos.plan import DAY
from support.chaos.stage import Stage

_HOLD = "chaos:hold"
_PACE = "chaos:pace"
_PACED_EVERY = 0.2
_LAST_POLLS = time_of_day(15, 35)
_WAITING_KEY = "oi:clock:waiting"
_DONE_BY = 40  # the second of a minute by which the pollers have done all that is due in it


class HeldTime:
    """Passes for a poller that time waits for (see `SimulatedClock`); the day lasts `lasts` real seconds or more."""

    def __init__(self, stage: Stage, lasts: float) -> None:
        self._stage = stage
        self.lasts = lasts
        # At any speed but a factor, time waits for a poller; a pace of ours would pass for one.
        self._paced: float | None = None if stage.plan.speed == "max" else 0.0

    def pace(self, elapsed: float) -> None:
        """Let the day last as long as the schedule, however fast the machine is: a fault must find polls to meet."""
        if self._paced is None or elapsed - self._paced < _PACED_EVERY:
            return
        self._paced = elapsed if elapsed < self.lasts else None
        if self._paced is None:
            self.let_go(_PACE)
            return
        opens = datetime.combine(DAY, self._stage.plan.opens, IST)
        span = datetime.combine(DAY, self._stage.plan.until or _LAST_POLLS, IST) - opens
        self._say(opens + span * elapsed / self.lasts, by=_PACE)

    def let_go(self, by: str = _HOLD) -> None:
        with suppress(redis.RedisError, OSError):
            self._stage.redis.hdel(_WAITING_KEY, by)

    def hold(self) -> Iterator[None]:
        now = self._stage.exchange_time()
        moment = now.replace(second=_DONE_BY, microsecond=0) + timedelta(minutes=now.second >= _DONE_BY - 5)
        while self._stage.exchange_time() < moment:
            self._say(moment)
            yield
        self._say(moment)

    def until_a_minute_begins(self) -> Iterator[None]:
        """Hold the exchange's time just before a minute until every poller waits for its beginning."""
        begins = self._stage.exchange_time().replace(second=0, microsecond=0) + timedelta(minutes=2)
        moment = begins - timedelta(milliseconds=100)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not self._all_wait_for(begins):
            self._say(moment)
            yield

    def _all_wait_for(self, moment: datetime) -> bool:
        try:
            said: dict[Any, Any] = self._stage.redis.hgetall(_WAITING_KEY)
        except (redis.RedisError, OSError):
            return False
        pollers = [float(text.split()[0]) for name, text in said.items() if name not in {_HOLD, _PACE}]
        return bool(pollers) and all(until == moment.timestamp() for until in pollers)

    def _say(self, moment: datetime, by: str = _HOLD) -> None:
        with suppress(redis.RedisError, OSError):
            self._stage.redis.hset(_WAITING_KEY, by, f"{moment.timestamp()} {time.time()}")
