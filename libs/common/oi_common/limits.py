"""How many requests the broker takes, and what one process alone knows of those that were sent."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

Moment = int  # microseconds since 1970: exact in Lua's doubles, which print more than 14 digits only as %.0f


@dataclass(frozen=True, slots=True)
class Window:
    """No more than `limit` requests in any `width`."""

    limit: int
    width: timedelta

    @property
    def length(self) -> Moment:
        return self.width // timedelta(microseconds=1)

    def halved(self) -> "Window":
        """Return a window of half the rate: fewer requests, or one request in twice the time."""
        return Window(self.limit // 2, self.width) if self.limit > 1 else Window(1, 2 * self.width)


def _windows(second: float, minute: int | None = None, hour: int | None = None) -> tuple[Window, ...]:
    """Return the windows of so many requests a second (below 1: one in so many seconds), a minute and an hour."""
    first = (
        Window(int(second), timedelta(seconds=1)) if second >= 1 else Window(1, timedelta(seconds=1 / second))
    )
    slower = ((minute, timedelta(minutes=1)), (hour, timedelta(hours=1)))
    return (first, *(Window(limit, width) for limit, width in slower if limit is not None))


# Below the broker's own table (quote 10/s, candles 3/s and 180/min, Greeks 1/s, 5000/h): its windows roll over
# arrival, not sending, and steady traffic near them is refused (openalgo, commit 48807197).
LIMITS: Final[Mapping[str, tuple[Window, ...]]] = {
    "quote": _windows(5, 300, 4500),
    "history": _windows(2, 150, 4500),
    "greeks": _windows(1 / 1.1),
    "login": _windows(1 / 1.1),
}


class LocalLedger:
    """What this process alone knows: used at half the rates while Redis is away."""

    def __init__(self, limits: Mapping[str, tuple[Window, ...]]) -> None:
        self._limits = limits
        self._halved = {name: tuple(w.halved() for w in windows) for name, windows in limits.items()}
        most = {name: max(w.limit for w in windows) for name, windows in limits.items()}
        self._granted = {name: deque[Moment](maxlen=limit) for name, limit in most.items()}
        self._cool: defaultdict[str, Moment] = defaultdict(int)

    def reserve(self, category: str, at: Moment) -> Moment:
        granted, windows = self._granted[category], self._halved[category]
        newest = granted[-1] if granted else 0
        moment = max(at, newest, self._cool[category], *_freed(granted, windows))
        self.note(category, moment)
        return moment

    def first_free(self, category: str, at: Moment, horizon: Moment) -> Moment:
        """Return the first moment from `at` at which the full rates let this process send, by what it knows.

        What lies beyond the horizon was left by another run of simulated time and is forgotten.
        """
        granted = self._granted[category]
        if granted and granted[-1] > horizon:
            granted.clear()
        return max(at, *_freed(granted, self._limits[category]))

    def note(self, category: str, granted: Moment) -> None:
        self._granted[category].append(granted)

    def cool(self, category: str, until: Moment) -> Moment:
        self._cool[category] = max(self._cool[category], until)
        return self._cool[category]

    def cooled_until(self, category: str) -> Moment:
        return self._cool[category]


def _freed(granted: deque[Moment], windows: tuple[Window, ...]) -> Iterator[Moment]:
    """Yield when each window has room again, 0 for those that have."""
    for window in windows:
        yield granted[-window.limit] + window.length if len(granted) >= window.limit else 0
