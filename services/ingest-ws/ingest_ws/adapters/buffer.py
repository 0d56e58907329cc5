"""What is on its way from one thread to another: bounded, the newest survive."""

from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class TickBuffer(Generic[T]):
    """A queue that loses its oldest rather than growing beyond `most`."""

    def __init__(self, most: int) -> None:
        self._held: deque[T] = deque(maxlen=most)
        self._most = most
        self._lost = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def put(self, more: Sequence[T]) -> None:
        with self._lock:
            self._lost += max(0, len(self._held) + len(more) - self._most)
            self._held.extend(more)

    def take(self, most: int) -> list[T]:
        """Return the oldest, in order, and forget them."""
        with self._lock:
            return [self._held.popleft() for _ in range(min(most, len(self._held)))]

    def take_lost(self) -> int:
        """Return how many were lost since this was last asked."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost
