"""Looks at the clock: what no event tells, the rules' record, and the day's end."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from notifier.adapters.ledger import Ledger
from notifier.adapters.outbox import Outbox
from notifier.adapters.painter import LedgerPainter
from notifier.adapters.records import Records
from notifier.core import closing, health
from notifier.core.audience import addressed, hearing
from notifier.core.choices import Choices
from notifier.core.notes import Note
from notifier.settings import Settings
from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.market.buckets import from_wall_time, wall_time
from oi_common.market.sessions import TradingSession, session_on
from oi_common.waiting import wait

_EVERY: Final = timedelta(seconds=20)
_CLOSED_AFTER: Final = timedelta(minutes=8)  # by then the last buckets are sealed and the day is closed
_RETRY: Final = timedelta(seconds=2)


class Watch:
    """Health rules and reports, by the holder of the lease. `wall` is real time: heartbeats are of it."""

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        ledger: Ledger,
        records: Records,
        painter: LedgerPainter,
        clock: Clock,
        wall: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._ledger = ledger
        self._records = records
        self._painter = painter
        self._clock = clock
        self._wall = wall
        self._reported: date | None = None

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = self._clock.now()
            try:
                await self.look()
            except Unavailable as e:
                structlog.get_logger().warning("watch.waiting", error=str(e))
                await wait(stop, _RETRY)
            await self._clock_moves(began, stop)

    async def look(self) -> None:
        """Ask every health rule once. Raises Unavailable while the database is away."""
        now = self._clock.now()
        today = wall_time(now).date()
        session = session_on(self._settings.feed_segment, today)
        recounted = await self._records.judge(now, session.closes if session else None)
        choices = await self._outbox.choices()
        notes = await self._ailing(now, today, session, choices)
        notes += [closing.silenced(each, now, hearing(each.key, choices)) for each in recounted if each.fell]
        ends = session is not None and now >= session.closes + _CLOSED_AFTER and self._reported != today
        if session is not None and ends:
            notes += await self._closing(today, session)
        off = self._settings.alerts_off
        await self._outbox.put([note for note in notes if note.rule not in off], now)
        await self._records.keep(recounted, now)
        self._reported = today if ends else self._reported

    async def _ailing(
        self, now: datetime, today: date, session: TradingSession | None, choices: Mapping[int, Choices]
    ) -> list[Note]:
        """Return a note for each episode that lasts or is over, and for what happened once."""
        fed = await self._ledger.last_polls(self._settings.indices, today)
        beats = await self._ledger.beats()
        told = health.lasting(await self._outbox.told_on(today, health.LASTING))
        notes = health.ended(told, fed, beats, now)
        gaps, wall, all_of_it = (
            await self._ledger.gaps(today),
            self._wall(),
            self._settings.ai_daily_budget_inr,
        )
        # The budget's day is one of real time, whatever day the market plays.
        spent = await self._ledger.spent_on_ai(wall_time(wall).date())
        if self._settings.feed_segment != "NSE":
            notes += addressed("stale", choices, partial(health.stale, fed, now, session))
        notes += addressed("service_down", choices, partial(health.down, beats, wall, now))
        notes += addressed("gap", choices, partial(health.gaps, gaps))
        return [*notes, *addressed("budget", choices, partial(health.budget, spent, all_of_it, now))]

    async def _closing(self, today: date, session: TradingSession) -> list[Note]:
        """Return the day's reports: each index through the day, then how complete the data are."""
        until, judged_at = wall_time(session.closes), wall_time(session.closes + _CLOSED_AFTER)
        notes = []
        for name in self._settings.indices:
            expiries = await self._ledger.expiries(name, today)
            shot = await self._ledger.snapshot(name, expiries[0], until) if expiries else None
            if shot is not None:
                day = await self._ledger.day(name, expiries[0], until)
                notes.append(closing.of_index(name, expiries[0], day, from_wall_time(until)))
        chains = await self._painter.quality_of(judged_at)
        if not chains:
            return notes
        trades = await self._ledger.closed_positions(today)
        held = await self._outbox.held_on(today)
        scores = await self._ledger.scores(today)
        return [*notes, closing.of_day(today, chains, trades, scores, held, from_wall_time(until), judged_at)]

    async def _clock_moves(self, began: datetime, stop: asyncio.Event) -> None:
        """Wait until it is worth another look, by the market's clock; a stop cuts it short.

        It is counted from when the last one began: time may have leapt while it lasted.
        """
        sleeping = asyncio.create_task(self._clock.sleep_until(began + _EVERY))
        stopping = asyncio.create_task(stop.wait())
        _, left = await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
