"""Following one contract's offers until what is asked of them is known.

A watch ends when a bid reaches its stop or its target, else when its time is up, at the last bid before. Nothing is
made up: an offer that has grown too old is no price, and a stretch in which nothing was seen leaves a path unknown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from typing import Any, Final, Literal, NamedTuple

from oi_common.market.buckets import BUCKET_WIDTH

PATH: Final = "path"
LATE: Final = timedelta(seconds=2)  # a tick of another contract may come so much earlier
LONGEST_GAP: Final = 2 * BUCKET_WIDTH  # with a price in every bucket the gap is never longer

Key = tuple[str, str, str]  # event_id, engine, horizon
EndReason = Literal["horizon", "stop", "target", "close", "unknown"]


class Offer(NamedTuple):
    """What a contract could be sold and bought for; None is a side on which nobody was."""

    at: datetime
    bid: Decimal | None
    ask: Decimal | None
    good_for: timedelta

    def holds_at(self, moment: datetime) -> bool:
        return self.at <= moment <= self.at + self.good_for


@dataclass(frozen=True, slots=True)
class Watch:
    """What is asked: the bid at `due`, for a path that of the stop or target if one of them is reached before."""

    key: Key
    since: datetime
    due: datetime
    due_reason: Literal["horizon", "close"]
    stop: Decimal | None = None
    target: Decimal | None = None

    @property
    def is_path(self) -> bool:
        return self.key[2] == PATH


class Ended(NamedTuple):
    """A watch's end; without a price it is unknown."""

    watch: Watch
    price: Decimal | None
    reason: EndReason


_Heap = list[tuple[Any, Key, Watch]]


class ContractWatch:
    """All watches of one contract. A tick costs no more for a thousand of them than for one."""

    def __init__(self, last: Offer | None = None) -> None:
        self.last = last
        self._open: dict[Key, Watch] = {}
        self._begins: _Heap = []
        self._dues: _Heap = []
        self._stops: _Heap = []
        self._targets: _Heap = []

    def __len__(self) -> int:
        return len(self._open)

    @property
    def open(self) -> Sequence[Watch]:
        return tuple(self._open.values())

    @property
    def seen_until(self) -> datetime | None:
        """Return up to when offers are known, None when nothing is asked."""
        if self.last is not None:
            return self.last.at
        return min((watch.since for watch in self._open.values()), default=None)

    def add(self, watch: Watch) -> None:
        self._open[watch.key] = watch
        heappush(self._begins, (watch.since, watch.key, watch))
        heappush(self._dues, (watch.due, watch.key, watch))

    def is_due(self, clock: datetime) -> bool:
        return bool(self._dues) and self._dues[0][0] + LATE <= clock

    def on_offer(self, offer: Offer) -> list[Ended]:
        """Take the next offer; one older than the last says nothing."""
        if self.last is not None and offer.at < self.last.at:
            return []
        ended = self._timed_out(lambda due: due < offer.at)
        ended += self._lost_sight_before(offer.at)
        self._begin_before(offer.at)
        self.last = offer
        return ended + self._reached(offer.bid)

    def on_clock(self, clock: datetime) -> list[Ended]:
        """End what is due, when no more ticks can come that are older."""
        return self._timed_out(lambda due: due + LATE <= clock)

    def _timed_out(self, is_due: Callable[[datetime], bool]) -> list[Ended]:
        ended = []
        while self._dues and is_due(self._dues[0][0]):
            watch = heappop(self._dues)[2]
            if self._closes(watch):
                bid = self.last.bid if self.last is not None and self.last.holds_at(watch.due) else None
                ended.append(Ended(watch, bid, watch.due_reason if bid is not None else "unknown"))
        return ended

    def _lost_sight_before(self, at: datetime) -> list[Ended]:
        """End the paths of which too long a stretch is unseen: stop and target may have been reached in it."""
        if self.last is not None and at - self.last.at <= LONGEST_GAP:
            return []
        lost = [watch for watch in self.open if watch.is_path and watch.since < at - LONGEST_GAP]
        return [Ended(watch, None, "unknown") for watch in lost if self._closes(watch)]

    def _begin_before(self, at: datetime) -> None:
        """Judge by this offer what was decided before it; an earlier one had been there already."""
        while self._begins and self._begins[0][0] < at:
            _, key, watch = heappop(self._begins)
            if watch.stop is not None:
                heappush(self._stops, (-watch.stop, key, watch))
            if watch.target is not None:
                heappush(self._targets, (watch.target, key, watch))

    def _reached(self, bid: Decimal | None) -> list[Ended]:
        if bid is None:
            return []
        ended = self._popped(self._stops, -bid, bid, "stop")
        return ended + self._popped(self._targets, bid, bid, "target")

    def _popped(self, heap: _Heap, until: Decimal, bid: Decimal, reason: EndReason) -> list[Ended]:
        ended = []
        while heap and heap[0][0] <= until:
            watch = heappop(heap)[2]
            if self._closes(watch):
                ended.append(Ended(watch, bid, reason))
        return ended

    def _closes(self, watch: Watch) -> bool:
        """Say whether the watch was still open; now it is not."""
        return self._open.pop(watch.key, None) is not None
