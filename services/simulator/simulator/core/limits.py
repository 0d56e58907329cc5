"""The broker's rate limits: sliding windows of a second, a minute and an hour for each client code."""

from collections import defaultdict, deque
from datetime import datetime

from simulator.core.endpoints import Endpoint, Limit

_SECOND, _MINUTE, _HOUR = 1.0, 60.0, 3600.0


class RateLimits:
    """What each client code has asked lately, on the exchange's own clock.

    A refused request is not counted: whether the broker counts it is not documented.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str, float], deque[float]] = defaultdict(deque)

    def admits(self, client: str, endpoint: Endpoint, at: datetime) -> bool:
        """Count one request unless some window is full, and say whether it was let in."""
        moment = at.timestamp()
        windows = [
            (self._lately(client, endpoint, width, moment), most) for width, most in _bounds(endpoint.limit)
        ]
        if any(len(asked) >= most for asked, most in windows):
            return False
        for asked, _ in windows:
            asked.append(moment)
        return True

    def _lately(self, client: str, endpoint: Endpoint, width: float, moment: float) -> deque[float]:
        asked = self._asked[client, endpoint.quota, width]
        forget_before(asked, moment - width)
        return asked


def forget_before(asked: deque[float], moment: float) -> None:
    """Drop what was asked at `moment` or earlier; the rest is inside the sliding window."""
    while asked and asked[0] <= moment:
        asked.popleft()


def _bounds(limit: Limit) -> list[tuple[float, int]]:
    bounds = ((_SECOND, limit.second), (_MINUTE, limit.minute), (_HOUR, limit.hour))
    return [(width, most) for width, most in bounds if most is not None]
