"""The streams as a bell: they say that something is new, the tables say what. Only the last prices are taken as told.

Read without a group and without acknowledging, so that any number of pages may come and go unnoticed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from dashboard.core.desk import Alert
from dashboard.core.facts import Heard, Tick
from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.errors import Unprocessable
from oi_common.events import (
    AlertRaised,
    CandleClosed,
    DecisionMade,
    OiChanged,
    SnapshotSaved,
    TickReceived,
    TradeFilled,
    stream_of,
)
from oi_common.market.buckets import IST, wall_time
from oi_common.market.underlyings import INDIA_VIX, segment_of
from oi_common.wire import decode

_RINGS = (OiChanged, SnapshotSaved, CandleClosed, DecisionMade, TradeFilled)
_AT_MOST = 20  # entries of a stream at one look; the rest is found at the next
_TICKS = 300  # the latest packets, among which the underlying's own is looked for
_ALERTS = 30


class Streams:
    """Looks at the streams of some underlyings."""

    def __init__(self, redis: AsyncRedis, indices: Sequence[str]) -> None:
        self._redis = redis
        self._indices = tuple(indices)
        self._places: dict[str, str] = {}

    async def listen(self) -> Heard:
        """Return what has come since the last look. Raises Unavailable when Redis is away."""
        with redis_away_is_unavailable():
            rung = [name for name in self._indices if await self._is_new(name)]
            priced = (*self._indices, INDIA_VIX.name)
            ticks = {name: tick for name in priced if (tick := await self._tick(name)) is not None}
            return Heard(frozenset(rung), ticks, await self._alerts())

    async def _is_new(self, index_name: str) -> bool:
        """All streams of an underlying lie in one slot, so one command asks for all of them."""
        names = [stream_of(event, index_name) for event in _RINGS]
        for name in names:
            if name not in self._places:
                self._places[name] = await self._end_of(name)
        return bool(await self._read(names))

    async def _read(self, names: Sequence[str]) -> list[Any]:
        places = {name: self._places[name] for name in names}
        found = await self._redis.xread(places, count=_AT_MOST)
        streams = list(found.items() if isinstance(found, dict) else found)
        for name, entries in streams:
            self._places[name] = _last_id(entries)
        return streams

    async def _end_of(self, stream: str) -> str:
        found = await self._redis.xrevrange(stream, count=1)
        return str(found[0][0]) if found else "0"

    async def _tick(self, index_name: str) -> Tick | None:
        found = await self._redis.xrevrange(stream_of(TickReceived, index_name), count=_TICKS)
        # A commodity has no spot: its future stands for it.
        is_commodity = segment_of(index_name) == "MCX"
        for _, fields in found:
            if "strike" not in fields and ("expiry" not in fields or is_commodity):
                return _tick_of(fields)
        return None

    async def _alerts(self) -> tuple[Alert, ...] | None:
        stream = stream_of(AlertRaised)
        if stream in self._places and not await self._read([stream]):
            return None
        found = await self._redis.xrevrange(stream, count=_ALERTS)
        self._places.setdefault(stream, str(found[0][0]) if found else "0")
        return tuple(alert for _, fields in found if (alert := _alert_of(fields)) is not None)


def _last_id(entries: Any) -> str:
    return str(entries[-1][0])


def _tick_of(fields: Mapping[str, str]) -> Tick | None:
    try:
        at = datetime.fromisoformat(fields["exchange_time"]).astimezone(IST)
        return Tick(float(fields["ltp"]), at)
    except (KeyError, ValueError):
        return None


def _alert_of(fields: Mapping[str, str]) -> Alert | None:
    try:
        event = decode(AlertRaised, fields)
    except Unprocessable as e:
        structlog.get_logger().warning("alert.skipped", error=str(e))
        return None
    said = "\n".join([event.text, *(f"{name}: {value}" for name, value in event.facts.items())])
    return Alert(
        event.event_id,
        wall_time(event.raised_at),
        event.severity,
        event.title,
        said,
        event.rule,
        event.index_name,
    )
