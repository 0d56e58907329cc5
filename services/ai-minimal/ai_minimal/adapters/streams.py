"""Reading what has come onto an underlying's streams since the last look: a page of each in one round trip.

No consumer group: nothing is acknowledged and nothing waits for us, for what is read here is a cache.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ai_minimal import metrics
from ai_minimal.core.ticks import Tick, tick_of
from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.errors import Unprocessable
from oi_common.events import DecisionMade, SnapshotSaved, TickReceived, TradeFilled, stream_of
from oi_common.wire import decode

_TICKS: Final = 2000
_SNAPSHOTS: Final = 8
_TRADES: Final = 100
_MOST_PAGES_BACK: Final = 30
_FIRST_SNAPSHOTS: Final = 16  # some buckets of every chain, saved and sealed
_DECISIONS: Final = 200  # among the last of both loops is the last of ours
_START: Final = "0-0"

Entry = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class News:
    """What has come. `is_behind`: there is more than one look can take."""

    ticks: tuple[Tick, ...]
    snapshots: tuple[SnapshotSaved, ...] = ()
    trades: tuple[TradeFilled, ...] = ()
    is_behind: bool = False


class Streams:
    """The streams of one underlying, each read on from where the last look ended. Raises Unavailable throughout."""

    def __init__(self, redis: AsyncRedis, partition: str) -> None:
        self._redis = redis
        self._partition = partition
        kinds = (TickReceived, SnapshotSaved, TradeFilled)
        self._ticks, self._snapshots, self._trades = (stream_of(kind, partition) for kind in kinds)
        self._decisions = stream_of(DecisionMade, partition)
        self._after = dict.fromkeys((self._ticks, self._snapshots, self._trades), _START)

    async def news(self) -> News:
        """Return what has come since the last look, a page of each stream at most."""
        pages = (self._ticks, _TICKS), (self._snapshots, _SNAPSHOTS), (self._trades, _TRADES)
        with redis_away_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for stream, count in pages:
                    pipe.xrange(stream, f"({self._after[stream]}", "+", count=count)
                found: list[list[Entry]] = await pipe.execute()
        for (stream, _), entries in zip(pages, found, strict=True):
            self._after[stream] = entries[-1][0] if entries else self._after[stream]
        ticks, snapshots, trades = found
        return News(
            self._read_ticks(ticks),
            self._decoded(SnapshotSaved, snapshots),
            self._decoded(TradeFilled, trades),
            is_behind=len(ticks) == _TICKS or len(snapshots) == _SNAPSHOTS,
        )

    async def start_over(self, since: datetime) -> News:
        """Return the ticks since a moment and the last snapshots, and read on from there."""
        with redis_away_is_unavailable():
            snapshots: list[Entry] = await self._redis.xrevrange(self._snapshots, count=_FIRST_SNAPSHOTS)
            trades: list[Entry] = await self._redis.xrevrange(self._trades, count=1)
            ticks = await self._ticks_since(since)
        for stream, last in (
            (self._snapshots, snapshots[:1]),
            (self._trades, trades),
            (self._ticks, ticks[-1:]),
        ):
            self._after[stream] = last[0][0] if last else _START
        return News(self._read_ticks(ticks), self._decoded(SnapshotSaved, snapshots[::-1]))

    async def last_decision(self, loop: str) -> DecisionMade | None:
        """Return the last decision that a loop has published, None when it is too long ago to matter."""
        with redis_away_is_unavailable():
            found: list[Entry] = await self._redis.xrevrange(self._decisions, count=_DECISIONS)
        ours = [entry for entry in found if entry[1].get("loop") == loop][:1]
        return next(iter(self._decoded(DecisionMade, ours)), None)

    async def _ticks_since(self, since: datetime) -> list[Entry]:
        """Return the ticks from the first page back that reaches before a moment, oldest first."""
        pages: list[list[Entry]] = []
        until = "+"
        while len(pages) < _MOST_PAGES_BACK:
            page: list[Entry] = await self._redis.xrevrange(self._ticks, until, count=_TICKS)
            pages.append(page[::-1])
            oldest = tick_of(page[-1][1]) if page else None
            if len(page) < _TICKS or (oldest is not None and oldest.at < since):
                break
            until = f"({page[-1][0]}"
        return [entry for page in reversed(pages) for entry in page]

    def _read_ticks(self, entries: list[Entry]) -> tuple[Tick, ...]:
        read = [tick_of(fields) for _, fields in entries]
        ticks = tuple(tick for tick in read if tick is not None)
        metrics.TICKS.labels(self._partition).inc(len(ticks))
        if len(ticks) < len(read):
            metrics.UNREAD.labels(self._partition, "ticks").inc(len(read) - len(ticks))
        return ticks

    def _decoded(self, kind: Any, entries: list[Entry]) -> tuple[Any, ...]:
        """Return the events; one that makes no sense is counted: who owns the stream buries it."""
        events = []
        for _, fields in entries:
            try:
                events.append(decode(kind, fields))
            except Unprocessable:
                metrics.UNREAD.labels(self._partition, kind.kind).inc()
        return tuple(events)
