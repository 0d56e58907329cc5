"""Which finished candles are still to be told, and until when they are asked for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from oi_common.market.buckets import BUCKET_WIDTH

ASKED_FOR = 2 * BUCKET_WIDTH  # after the bucket's end; then it is left to the repair of gaps
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(seconds=60)


class Candles:
    """One partition's candles of one day: each bucket is asked for until it is told or too old."""

    def __init__(self) -> None:
        self._settled: set[datetime] = set()

    def missing(self, closed: Iterable[datetime]) -> tuple[datetime, ...]:
        return tuple(bucket for bucket in closed if bucket not in self._settled)

    def told(self, bucket: datetime) -> None:
        self._settled.add(bucket)

    def give_up(self, missing: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
        """Settle the buckets that have been asked for in vain long enough, and return them."""
        old = tuple(bucket for bucket in missing if bucket + BUCKET_WIDTH + ASKED_FOR <= now)
        self._settled.update(old)
        return old


def retry_at(now: datetime, attempt: int) -> datetime:
    """Return when to ask again: soon at first, then less often."""
    return now + min(_FIRST_RETRY * (1 << min(attempt, 8)), _LONGEST_RETRY)
