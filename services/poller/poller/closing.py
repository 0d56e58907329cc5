"""Closing days: saying that a day is over, once everything that was told about it has been handled."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from oi_common.clock import Clock
from oi_common.events import DayClosed
from oi_common.market.sessions import previous_trading_day, session_on
from oi_common.market.underlyings import segment_of
from poller.core.candles import ASKED_FOR
from poller.ports import Ledger, Library, Outbox

# Candles are asked for that long after the last bucket's end; a little later the last answer is handled, too.
_CLOSED_AFTER: Final = ASKED_FOR + timedelta(seconds=30)


class Closing:
    """Decides which days of an underlying are to be closed, and closes each once while it is ours."""

    def __init__(self, clock: Clock, library: Library, outbox: Outbox, ledger: Ledger, chains: int) -> None:
        self._clock = clock
        self._library = library
        self._outbox = outbox
        self._ledger = ledger
        self._chains = chains
        self._closed: defaultdict[str, set[date]] = defaultdict(set)
        self._wished: defaultdict[str, set[date]] = defaultdict(set)

    def open(self, underlying: str) -> None:
        """Begin anew: the partition has just become ours."""
        self._closed.pop(underlying, None)
        self._wished.pop(underlying, None)

    def wish(self, underlying: str, days: Iterable[date]) -> None:
        """Note which days are wished for now. A new wish closes its day once more: rows may have been lost since."""
        wished = set(days)
        self._closed[underlying] -= wished - self._wished[underlying]
        self._wished[underlying] = wished

    async def settled(self, underlying: str) -> bool:
        """Close what is due; say whether all of it, and every repair so far, is in the tables."""
        due = [day for day in await self._due(underlying) if day not in self._closed[underlying]]
        if due and await self._is_handled(underlying, live=True):
            for day in due:
                await self._close(underlying, day)
            return False
        return not due and await self._is_handled(underlying, live=False)

    async def days(self, underlying: str) -> tuple[date, ...]:
        """Return the days whose holes are looked for: our own, and those wished for."""
        return tuple(sorted({*await self._own(underlying), *self._wished[underlying]}))

    async def _due(self, underlying: str) -> list[date]:
        now = self._clock.now()
        return [day for day in await self.days(underlying) if _is_over(underlying, day, now)]

    async def _own(self, underlying: str) -> tuple[date, ...]:
        """Return today and the trading day before, as far as the ledger goes back."""
        today, segment = self._clock.now().date(), segment_of(underlying)
        first = await self._ledger.first_day(underlying)
        candidates = (previous_trading_day(segment, today), today)
        return tuple(
            day
            for day in candidates
            if session_on(segment, day) is not None and (day == today or (first is not None and first <= day))
        )

    async def _is_handled(self, underlying: str, *, live: bool) -> bool:
        # What waits on disk may be the very repair whose holes are looked for.
        is_waiting = self._outbox.is_waiting(underlying)
        return not is_waiting and await self._ledger.has_caught_up(underlying, live=live)

    async def _close(self, underlying: str, day: date) -> None:
        expiries: tuple[date, ...] = ()
        # What was tracked on a day that is past, its rows say; the list of today's contracts would mislead.
        if day == self._clock.now().date() or not await self._ledger.has_rows(underlying, day):
            expiries = self._library.instruments.expiries(underlying, on=day)[: self._chains]
        segment, closed_at = segment_of(underlying), self._clock.now()
        await self._outbox.send(
            DayClosed(
                index_name=underlying, segment=segment, day=day, closed_at=closed_at, expiries=expiries
            ),
            underlying,
        )
        self._closed[underlying].add(day)


def _is_over(underlying: str, day: date, now: datetime) -> bool:
    session = session_on(segment_of(underlying), day)
    return session is not None and session.closes + _CLOSED_AFTER <= now
