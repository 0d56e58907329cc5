"""What the bucketer has made of our events: how far it has read, and what its tables lack."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, func, select

from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.database import Database, on_day
from oi_common.errors import Unavailable
from oi_common.events import CandleClosed, ChainBackfilled, ChainPolled, DayClosed, Event, stream_of
from oi_common.groups import has_handled_all
from oi_common.market.buckets import from_wall_time
from oi_common.tables import chain_buckets, index_candles, option_snapshots
from poller.core.repair import Holes
from poller.core.window import Window

T = TypeVar("T")

_PATIENCE: Final = timedelta(seconds=3)
_GROUP: Final = "bucketer"
_TOLD: Final[tuple[type[Event], ...]] = (ChainBackfilled, DayClosed, CandleClosed)
_LIVE: Final[tuple[type[Event], ...]] = (*_TOLD, ChainPolled)


class BucketerLedger:
    """Reads the tables and the group's position; it writes neither.

    A database that is silent is waited for only briefly: whoever asks here polls as well.
    """

    def __init__(self, database: Database, redis: AsyncRedis, patience: timedelta = _PATIENCE) -> None:
        self._database = database
        self._redis = redis
        self._patience = patience
        self._unanswered: asyncio.Task[Any] | None = None

    async def has_caught_up(self, underlying: str, *, live: bool) -> bool:
        with redis_away_is_unavailable():
            for kind in _LIVE if live else _TOLD:
                if not await has_handled_all(self._redis, stream_of(kind, underlying), _GROUP):
                    return False
        return True

    async def first_day(self, underlying: str) -> date | None:
        c = chain_buckets.c
        first = select(func.min(c.time)).where(c.index_name == underlying)
        found = await self._read(lambda connection: connection.execute(first).scalar())
        return None if found is None else found.date()

    async def has_rows(self, underlying: str, day: date) -> bool:
        c = chain_buckets.c
        one = select(c.time).where(c.index_name == underlying, *on_day(c.time, day)).limit(1)
        return await self._read(lambda connection: connection.execute(one).first() is not None)

    async def holes(self, underlying: str, days: Sequence[date]) -> Holes:
        """Return what is missing on the days: buckets that nobody polled, candles that were declared missing."""
        return await self._read(lambda connection: _holes(connection, underlying, days))

    async def window(self, underlying: str, expiry: date, day: date) -> Window | None:
        s = option_snapshots.c
        ends = select(func.min(s.strike), func.max(s.strike)).where(
            s.index_name == underlying, s.expiry == expiry, *on_day(s.time, day)
        )
        lowest, highest = await self._read(lambda connection: connection.execute(ends).one())
        return None if lowest is None else Window(lowest, highest)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        """Run one query; one that is not answered in time goes on alone, and no other is sent behind it."""
        if self._unanswered is not None and not self._unanswered.done():
            raise Unavailable("the database has not answered the last question yet")
        asked: asyncio.Task[T] = asyncio.create_task(self._database.read(work))
        self._unanswered = asked
        done, _ = await asyncio.wait({asked}, timeout=self._patience.total_seconds())
        if not done:
            asked.add_done_callback(_look_at)
            raise Unavailable(f"the database has not answered within {self._patience.total_seconds():g} s")
        return asked.result()


def _look_at(asked: asyncio.Task[Any]) -> None:
    """Take note of how a late answer ended, so that nothing complains that nobody did."""
    if not asked.cancelled():
        asked.exception()


def _holes(connection: Connection, underlying: str, days: Sequence[date]) -> Holes:
    c = chain_buckets.c
    buckets: defaultdict[tuple[date, date], list[datetime]] = defaultdict(list)
    candles: set[datetime] = set()
    nearest: dict[date, date] = {}
    for day in days:
        here = (c.index_name == underlying, *on_day(c.time, day))
        if (first := connection.execute(select(func.min(c.expiry)).where(*here)).scalar()) is not None:
            nearest[day] = first
        missing = select(c.expiry, c.time).where(*here, c.source.is_(None)).order_by(c.expiry, c.time)
        for expiry, time in connection.execute(missing):
            buckets[expiry, day].append(from_wall_time(time))
        bare = select(c.time).distinct().where(*here, c.candle_status == "missing")
        candles |= set(connection.execute(bare).scalars()) - _candles(connection, underlying, day)
    found = {chain: tuple(times) for chain, times in buckets.items()}
    return Holes(found, tuple(sorted(map(from_wall_time, candles))), nearest)


def _candles(connection: Connection, underlying: str, day: date) -> set[datetime]:
    c = index_candles.c
    return set(
        connection.execute(select(c.time).where(c.index_name == underlying, *on_day(c.time, day))).scalars()
    )
