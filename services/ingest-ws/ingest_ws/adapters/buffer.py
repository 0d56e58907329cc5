"""Ticks on their way from the socket threads to the publisher thread: bounded, the newest survive."""

from collections import deque
from threading import Lock

from ingest_ws.core.ticks import Tick


class TickBuffer:
    """A queue that loses its oldest ticks rather than growing beyond `most`."""

    def __init__(self, most: int) -> None:
        self._ticks: deque[Tick] = deque(maxlen=most)
        self._most = most
        self._lost = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._ticks)

    def put(self, tick: Tick) -> None:
        with self._lock:
            self._lost += len(self._ticks) == self._most
            self._ticks.append(tick)

    def take(self, most: int) -> list[Tick]:
        """Return the oldest ticks, in order, and forget them."""
        with self._lock:
            return [self._ticks.popleft() for _ in range(min(most, len(self._ticks)))]

    def take_lost(self) -> int:
        """Return how many ticks were lost since this was last asked."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost
