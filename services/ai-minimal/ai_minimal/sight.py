"""What the loop sees of one underlying: kept up to date by looking at the streams and at the open position."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from ai_minimal import metrics
from ai_minimal.core.chains import Chains
from ai_minimal.core.held import Held
from ai_minimal.core.market import HORIZON, TickCache
from ai_minimal.core.situations import Seen, situation
from ai_minimal.core.ticks import Tick
from oi_common.advice.situation import Situation
from oi_common.errors import Unavailable
from oi_common.events import SnapshotSaved, TradeFilled
from oi_common.market.sessions import TradingSession

_NEWS_WITHIN: Final = 0.5  # real seconds of a beat that may go by waiting for Redis
_POSITION_WITHIN: Final = 0.2  # and for the database
_MOST_PAGES: Final = 5  # of one look; whoever is further behind starts over near the end


class News(Protocol):
    """What has come."""

    @property
    def ticks(self) -> tuple[Tick, ...]: ...
    @property
    def snapshots(self) -> tuple[SnapshotSaved, ...]: ...
    @property
    def trades(self) -> tuple[TradeFilled, ...]: ...
    @property
    def is_behind(self) -> bool: ...


class Streams(Protocol):
    """Where news come from. Both raise Unavailable."""

    async def news(self) -> News: ...

    async def start_over(self, since: datetime) -> News: ...


class Positions(Protocol):
    """The paper trader's table. Raises Unavailable."""

    async def open(self) -> Held | None: ...


class Sight:
    """The market of one underlying as it was seen last."""

    def __init__(
        self,
        partition: str,
        segment: str,
        streams: Streams,
        positions: Positions,
        lag: Callable[[], timedelta] = timedelta,
    ) -> None:
        self._partition = partition
        self._streams = streams
        self._positions = positions
        self._lag = lag
        self._seen = Seen(partition, TickCache(spot_of_future=segment == "MCX"), Chains())
        self._day: date | None = None
        self._has_begun = False
        self._is_position_known = False
        self._reading: asyncio.Task[None] | None = None
        self._beginning: asyncio.Task[News] | None = None

    async def look(self, session: TradingSession, at: datetime) -> None:
        """Take what has come. When Redis does not say in time, what was seen last stands, and ages."""
        if session.day != self._day:
            self._seen.ticks.forget_before(session.day)
            self._seen.chains.forget_before(session.day)
            self._day = session.day
        try:
            async with asyncio.timeout(_NEWS_WITHIN):
                await self._catch_up(at)
        except (Unavailable, TimeoutError):
            metrics.BLIND.labels(self._partition).inc()
        await self._keep_position_known()

    def situation(self, session: TradingSession, at: datetime) -> Situation:
        """Return the situation at a moment."""
        it = situation(replace(self._seen, lag=self._lag()), session, at)
        held = self._seen.held
        if held is not None and (leg := it.leg(held.contract)) is not None:
            self._hold(held.seeing(leg.bid))
        return it

    async def _read_position(self) -> None:
        """Read the open position; a database that is away is asked again with the next look."""
        self._is_position_known = True
        try:
            held = await self._positions.open()
        except Unavailable:
            self._is_position_known = False
            return
        known = self._seen.held
        is_same = held is not None and known is not None and held.trade_id == known.trade_id
        self._hold(held.seeing(known.best) if is_same and held and known else held)

    async def _catch_up(self, at: datetime) -> None:
        if not self._has_begun:
            # Minutes of ticks may take longer than a beat has: the next ones wait for the same reading.
            self._beginning = self._beginning or asyncio.create_task(self._streams.start_over(at - HORIZON))
            await asyncio.wait({self._beginning})
            begun, self._beginning = self._beginning, None
            self._take(begun.result())
            self._has_begun = True
        for _ in range(_MOST_PAGES):
            news = await self._streams.news()
            self._take(news)
            if not news.is_behind:
                return
        self._has_begun = False

    def _take(self, news: News) -> None:
        for tick in news.ticks:
            self._seen.ticks.add(tick)
        for saved in news.snapshots:
            self._seen.chains.add(saved)
        self._note(news.trades)

    def _note(self, trades: Iterable[TradeFilled]) -> None:
        """A sale ends the position at once; what was bought, with its stop and target, the table tells."""
        for trade in trades:
            held = self._seen.held
            if trade.action == "EXIT" and held is not None and held.trade_id == trade.trade_id:
                self._hold(None)
            self._is_position_known = False

    async def _keep_position_known(self) -> None:
        if not self._is_position_known and self._reading is None:
            self._reading = asyncio.create_task(self._read_position())
        if self._reading is not None:
            done, _ = await asyncio.wait({self._reading}, timeout=_POSITION_WITHIN)
            if done:
                self._reading.result()
                self._reading = None

    def _hold(self, held: Held | None) -> None:
        self._seen = replace(self._seen, held=held)
