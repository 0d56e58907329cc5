"""Feeds the scorecard's writer: decisions from the tables, ticks from their stream, each as far as it is there."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from oi_common.clock import Clock
from oi_common.connections import REDIS_DOWN, full_redis_is_unavailable
from oi_common.errors import LeaseLost, Unavailable
from oi_common.trimming import EntryId
from oi_common.waiting import wait
from paper_trader.adapters.outcomes import PAGE, OutcomeStore
from paper_trader.adapters.scoring_cursor import ScoringCursor
from paper_trader.adapters.ticks import TickReader
from paper_trader.scoring import Scorer

_BEAT: Final = timedelta(milliseconds=200)
_RETRY: Final = timedelta(seconds=2)
_ASKED_EVERY: Final = 0.5  # seconds, for new decisions
_SWEPT_EVERY: Final = 60.0  # seconds, for decisions that were written long after they were made
_SILENT: Final = 5.0  # seconds without a tick: the market's clock goes on without them
_BEHIND: Final = timedelta(minutes=1)
_NEW: Final = timedelta(minutes=10)
_TODAY: Final = timedelta(days=1)
_EVER: Final = timedelta(days=7)  # what is older has no ticks any more
_RECALLED: Final = 120_000  # milliseconds


class ScoringLoop:
    """Runs beside the trader, under the same lease. Its troubles are its own: trading goes on without it."""

    def __init__(
        self, scorer: Scorer, store: OutcomeStore, reader: TickReader, cursor: ScoringCursor, clock: Clock
    ) -> None:
        self._scorer = scorer
        self._store = store
        self._reader = reader
        self._kept = cursor
        self._clock = clock
        self._cursor = ""
        self._asked_at = self._swept_at = self._ticked_at = 0.0
        self._log = structlog.get_logger()

    def beside(self, stop: asyncio.Event) -> asyncio.Task[None]:
        """Begin to score; whoever began it cancels it."""
        task = asyncio.create_task(self.run(stop))
        task.add_done_callback(self._tell)
        return task

    async def run(self, stop: asyncio.Event) -> None:
        """Score until `stop`, or until another replica has taken over."""
        while not stop.is_set():
            try:
                with full_redis_is_unavailable():
                    await self._restore()
                    await self._score(stop)
            except (Unavailable, *REDIS_DOWN) as e:
                self._log.warning("scores.waiting", error=str(e) or type(e).__name__)
                await wait(stop, _RETRY)
            except LeaseLost as e:
                self._log.warning("scores.given_up", error=str(e))
                return

    def _tell(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("scores.failed", exc_info=error)

    async def _restore(self) -> None:
        """Begin where the tables and the cursor say that we were."""
        self._scorer.clear()
        self._cursor = await self._kept.read()
        after = str(EntryId(max(EntryId.parse(self._cursor).ms - _RECALLED, 0)))
        while page := await self._reader.page(after, self._cursor):
            self._scorer.recall(page)
            after = page[-1][0]
        rows, pending = await self._store.followed(self._clock.now() - _EVER)
        self._scorer.resume(rows, pending)
        self._asked_at = self._swept_at = 0.0
        self._ticked_at = _monotonic()
        await self._take_decisions(_EVER)

    async def _score(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            newest = await self._reader.newest()
            while not stop.is_set() and newest is not None:
                page = await self._reader.page(self._cursor, newest)
                if not page:
                    break
                await self._scorer.on_ticks(page, self._clock.now())
                # Before the reading is written down: what was decided by now must stand in the table.
                await self._ask(is_behind=page[-1][0] != newest)
                self._cursor = page[-1][0]
                await self._kept.write(self._cursor)
                self._ticked_at = _monotonic()
            await self._ask(is_behind=False)
            await self._pass_time()
            await wait(stop, _BEAT)

    async def _ask(self, *, is_behind: bool) -> None:
        """Look for decisions: often for new ones, seldom for late ones; with each page while we catch up."""
        now = _monotonic()
        if now - self._swept_at >= _SWEPT_EVERY:
            self._swept_at = self._asked_at = now
            await self._take_decisions(_TODAY)
        elif is_behind or now - self._asked_at >= _ASKED_EVERY:
            self._asked_at = now
            await self._take_decisions(_NEW)

    async def _take_decisions(self, back: timedelta) -> None:
        clock = self._scorer.clock
        since = clock - back if clock is not None else None
        while clock is not None and since is not None and self._scorer.has_room:
            rows = await self._store.unscored(since, clock)
            ready = [row for row in rows if self._scorer.is_ready(row)]
            await self._scorer.score(ready, self._clock.now())
            if len(ready) < PAGE:
                return

    async def _pass_time(self) -> None:
        """When no ticks come any more, what is due ends all the same."""
        if _monotonic() - self._ticked_at >= _SILENT:
            now = self._clock.now()
            await self._scorer.on_silence(now - _BEHIND, now)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
