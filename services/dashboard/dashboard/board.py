"""The one reader of this process: what it has read is shown to every browser that looks at the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from dashboard.core.choice import Choice, DeskKey
from dashboard.core.desk import Alert, Desk
from dashboard.core.facts import Chain, Heard, Service, Tick
from dashboard.core.freshness import Freshness, Sight, freshness
from dashboard.core.health_panel import health_panel, strip, summary
from dashboard.core.markup import Markup
from dashboard.core.screen import Screen, drawn, with_alerts
from dashboard.core.tiles import tiles
from dashboard.shared import Shared
from oi_common.clock import Clock, WallClock
from oi_common.errors import Unavailable
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.market.sessions import session_at, session_on
from oi_common.market.underlyings import INDIA_VIX, segment_of
from oi_common.waiting import wait

V = TypeVar("V")

LOOKS_EVERY = timedelta(milliseconds=500)
_LASTS = timedelta(seconds=5)  # without a bell, as while Redis is away
_DAYS_LAST = timedelta(minutes=1)
_APART = timedelta(seconds=1)
_SCREENS = 64


class LedgerSource(Protocol):
    async def chain(self, choice: Choice) -> Chain | None: ...
    async def days(self, index_name: str) -> tuple[date, ...]: ...


class DeskSource(Protocol):
    async def desk(self, key: DeskKey) -> Desk: ...
    async def services(self, _key: None = None) -> tuple[Service, ...]: ...


class Bell(Protocol):
    async def listen(self) -> Heard: ...


@dataclass(frozen=True, slots=True)
class Present:
    """What moves with the second: the state of things and the tiles."""

    fresh: Freshness
    panels: Mapping[str, Markup]


_Parts = tuple[Chain | None, Desk, tuple[date, ...], str | None]


class Board:
    """Hands out screens. A page asks twice a second; a table is asked when it has something new, at most once a second."""

    def __init__(
        self, ledger: LedgerSource, desk: DeskSource, bell: Bell, clock: Clock, *, is_simulated: bool
    ) -> None:
        self._bell, self._clock, self._is_simulated = bell, clock, is_simulated
        self._chains = Shared(ledger.chain, lasts=_LASTS, apart=_APART)
        self._desks = Shared(desk.desk, lasts=_LASTS, apart=_APART)
        self._days = Shared(ledger.days, lasts=_DAYS_LAST, apart=_APART)
        self._services = Shared(desk.services, lasts=_LASTS, apart=_APART)
        self._screens: OrderedDict[Choice, tuple[_Parts, Screen]] = OrderedDict()
        self._ticks: Mapping[str, Tick] = {}
        self._alerts: tuple[Alert, ...] = ()
        self._redis: str | None = None

    async def look(self, choice: Choice) -> Screen:
        """Return what is to be seen: the very same object as before when nothing changed. Never raises for an outage."""
        chain = await _or(self._chains.get(replace(choice, is_wide=False)), None)
        days = await _or(self._days.get(choice.index_name), ())
        desk = await self._desk(choice, chain)
        await _or(self._services.get(None), ())
        parts = (chain, desk, days, self._chains.trouble if chain is None else None)
        held = self._screens.get(choice)
        if held is None or not _are_same(held[0], parts):
            held = self._screens[choice] = (parts, drawn(choice, chain, desk, days, _grid(chain), parts[3]))
        self._screens.move_to_end(choice)
        while len(self._screens) > _SCREENS:
            self._screens.popitem(last=False)
        return held[1]

    async def present(self, screen: Screen) -> Present:
        """Return what is known of this second."""
        now, real = self._clock.now(), utc_naive(WallClock().now())
        services = await _or(self._services.get(None), ())
        fresh = freshness(self._sight(screen, now))
        panels = {
            "strip": strip(fresh, now, summary(services, real), is_simulated=self._is_simulated),
            "health": health_panel(services, screen.chain, real),
            "tiles": tiles(screen.chain, *self._prices(screen)),
        }
        return Present(fresh, panels)

    async def follow(self, stop: asyncio.Event) -> None:
        """Listen to the streams until `stop`; while Redis is away the tables are re-read by the clock alone."""
        while not stop.is_set():
            try:
                self._hear(await self._bell.listen())
            except Unavailable as e:
                if self._redis is None:
                    structlog.get_logger().warning("streams.waiting", error=str(e))
                self._redis = str(e)
            else:
                self._redis = None
            await wait(stop, LOOKS_EVERY)

    def _hear(self, heard: Heard) -> None:
        self._ticks = {**self._ticks, **heard.ticks}
        if heard.alerts is not None:
            self._alerts = heard.alerts
        if heard.rung:
            self._chains.ring(lambda choice: choice.is_live and choice.index_name in heard.rung)
            self._desks.ring(lambda key: key.at is None and key.index_name in heard.rung)

    async def _desk(self, choice: Choice, chain: Chain | None) -> Desk:
        if chain is None:
            return Desk()
        key = DeskKey(choice.index_name, chain.day, choice.at)
        desk = await _or(self._desks.get(key), Desk())
        # The alerts of the stream are held as one tuple, so an equal desk is made anew only when they change.
        return with_alerts(desk, self._alerts, choice.index_name, chain.day, key.until)

    def _sight(self, screen: Screen, now: datetime) -> Sight:
        chain, choice = screen.chain, screen.choice
        return Sight(
            now=now,
            polled_at=chain.feed_at if chain else None,
            is_open=session_at(segment_of(choice.index_name), now) is not None,
            is_live=choice.is_live,
            bucket_at=chain.bucket.time if chain and chain.bucket else None,
            speed=float(getattr(self._clock, "speed", 1.0)),
            database=self._chains.trouble,
            redis=self._redis,
        )

    def _prices(self, screen: Screen) -> tuple[Tick | None, Tick | None]:
        """Return the last prices of the underlying and of VIX, where they are of the day that is followed live."""
        if screen.chain is None or not screen.choice.is_live:
            return None, None
        ticks = (self._ticks.get(name) for name in (screen.choice.index_name, INDIA_VIX.name))
        spot, vix = (tick if tick and tick.at.date() == screen.chain.day else None for tick in ticks)
        is_newer = (
            spot is None or screen.chain.feed_at is None or spot.at >= screen.chain.feed_at - _DAYS_LAST
        )
        return spot if is_newer else None, vix


async def _or(reading: Awaitable[V], otherwise: V) -> V:
    """Return what was read, or what stands for it while the database is away."""
    try:
        return await reading
    except Unavailable:
        return otherwise


def _are_same(one: _Parts, other: _Parts) -> bool:
    return all(mine is theirs or mine == theirs for mine, theirs in zip(one, other, strict=True))


def _grid(chain: Chain | None) -> Sequence[datetime]:
    """Return the wall times of the session's buckets, so that the day's lines keep their place as it fills."""
    session = session_on(segment_of(chain.index_name), chain.day) if chain else None
    return [wall_time(bucket) for bucket in session.buckets()] if session else []
