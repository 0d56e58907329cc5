"""How long to wait before the next turn is due."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

_LONGEST_PAUSE = timedelta(minutes=1)  # of recorded time: in a hole nobody waits for what never came


class Pace:
    """Lets recorded time pass `speed` times as fast as real time; None does not wait at all."""

    def __init__(self, speed: float | None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._monotonic = monotonic
        self._last: datetime | None = None
        self._due = 0.0

    def seconds_until(self, at: datetime) -> float:
        """Return how many real seconds are left until a turn; turns are asked for in their order."""
        if self._speed is None:
            return 0.0
        if self._last is None:
            self._due = self._monotonic()
        else:
            self._due += min(at - self._last, _LONGEST_PAUSE).total_seconds() / self._speed
        self._last = at
        left = self._due - self._monotonic()
        if left < 0:
            self._due = self._monotonic()  # the services were slower: what is lost is not made up for
        return max(left, 0.0)
