"""Waiting for a repair that the poller makes, and saying who is to be started when nobody makes it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, Protocol

from oi_cli.backfill.signs import Signs
from oi_common.backfill import Progress
from oi_common.errors import Unavailable

_LOOKS_EVERY: Final = 0.5
SILENT_FOR: Final = timedelta(seconds=20)  # longer than a lease lives after its holder died

Reports = Mapping[tuple[str, date], Progress]


class Desk(Protocol):
    """Where repairs are asked for: `oi_common.backfill.BackfillDesk`."""

    async def ask(self, underlying: str, days: Iterable[date]) -> None: ...

    async def reports(self, underlying: str) -> dict[date, Progress]: ...


class Teller(Protocol):
    """Shows how far a repair is."""

    def show(self, reports: Reports, is_taken: Mapping[str, bool]) -> None: ...


class Repair:
    """Days that were asked for, until they are in the tables. Time and sleep are real: no market depends on them."""

    def __init__(
        self,
        desk: Desk,
        signs: Signs,
        teller: Teller,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._signs = signs
        self._teller = teller
        self._monotonic = monotonic
        self._sleep = sleep
        self._alive_at: dict[tuple[str, str], float] = {}

    async def run(self, days: Mapping[str, tuple[date, ...]]) -> dict[tuple[str, date], Progress]:
        """Ask for the days of each underlying and wait for them; return the last word on each.

        Raises Unavailable, naming the service to start, when nobody works on an underlying.
        """
        for underlying, of_it in days.items():
            await self._desk.ask(underlying, of_it)
        while True:
            reports = await self._reports(days)
            is_taken = {name: await self._is_done(name, of_it, reports) for name, of_it in days.items()}
            self._teller.show(reports, is_taken)
            if all(is_taken.values()):
                return reports
            for underlying in (name for name, done in is_taken.items() if not done):
                await self._see_that_somebody_works(underlying, days[underlying], reports)
            await self._sleep(_LOOKS_EVERY)

    async def _reports(self, days: Mapping[str, tuple[date, ...]]) -> dict[tuple[str, date], Progress]:
        found: dict[tuple[str, date], Progress] = {}
        for underlying, of_it in days.items():
            told = await self._desk.reports(underlying)
            found |= {(underlying, day): told[day] for day in of_it if day in told}
        return found

    async def _is_done(self, underlying: str, days: tuple[date, ...], reports: Reports) -> bool:
        return _is_told(underlying, days, reports) and await self._signs.has_taken_all(underlying)

    async def _see_that_somebody_works(
        self, underlying: str, days: tuple[date, ...], reports: Reports
    ) -> None:
        """Raise Unavailable when whoever must do the next step has given no sign of life for too long."""
        is_told = _is_told(underlying, days, reports)
        states = {told.state for day in days if (told := reports.get((underlying, day))) is not None}
        if not is_told:
            await self._expect("poller", underlying)
        if is_told or "fetching" not in states:
            # A poller begins only once the bucketer has caught up.
            await self._expect("bucketer", underlying)

    async def _expect(self, service: str, underlying: str) -> None:
        now = self._monotonic()
        if await self._signs.is_alive(service, underlying):
            self._alive_at[service, underlying] = now
        elif now - self._alive_at.setdefault((service, underlying), now) > SILENT_FOR.total_seconds():
            raise Unavailable(
                f"no {service} works on {underlying}: start one (`docker compose up -d {service}`) and see that "
                f"{underlying} is among its INDICES; what was asked for stays asked for"
            )


def _is_told(underlying: str, days: tuple[date, ...], reports: Reports) -> bool:
    """Say whether the poller has said its last word on each day."""
    return all((told := reports.get((underlying, day))) is not None and told.is_final for day in days)
