"""How often each hole has been asked about: what the broker cannot tell is not asked for ever."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from poller.core.repair import Holes

_MOST: Final = 3
_MOST_ON_A_WISH: Final = 1  # then the person is told what is left


class Attempts:
    """One underlying's counts. A wish for a day begins its counts anew."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[date | None, datetime]] = Counter()
        self._wished: set[date] = set()

    def wish(self, days: Iterable[date]) -> None:
        """Note which days are wished for now."""
        wished = set(days)
        for day in wished - self._wished:
            self._counts = Counter({key: n for key, n in self._counts.items() if key[1].date() != day})
        self._wished = wished

    def worth_asking(self, holes: Holes) -> Holes:
        """Return the holes without those that have been asked about often enough."""
        chains = {
            (expiry, day): kept
            for (expiry, day), found in holes.buckets.items()
            if (kept := self._kept(expiry, found))
        }
        return Holes(chains, self._kept(None, holes.candles), holes.nearest)

    def note(self, holes: Holes) -> None:
        """Count one attempt at each of the holes."""
        for (expiry, _), found in holes.buckets.items():
            self._counts.update((expiry, bucket) for bucket in found)
        self._counts.update((None, bucket) for bucket in holes.candles)

    def _kept(self, expiry: date | None, buckets: Iterable[datetime]) -> tuple[datetime, ...]:
        return tuple(bucket for bucket in buckets if self._counts[expiry, bucket] < self._most(bucket))

    def _most(self, bucket: datetime) -> int:
        return _MOST_ON_A_WISH if bucket.date() in self._wished else _MOST
