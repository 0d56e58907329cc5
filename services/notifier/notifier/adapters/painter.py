"""Pictures from the tables, drawn in a thread of their own, and kept for the next chat."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from notifier.adapters.ledger import Ledger
from notifier.core.pictures import Picture
from notifier.core.quality import ChainDay, chain_day
from oi_common.market.sessions import session_on
from oi_common.market.underlyings import segment_of

_KEPT = 24
T = TypeVar("T")


class LedgerPainter:
    """Draws what is asked for; the same picture goes to every chat."""

    def __init__(self, ledger: Ledger, indices: tuple[str, ...]) -> None:
        self._ledger = ledger
        self._indices = indices
        self._thread = ThreadPoolExecutor(1, "painter")
        self._drawn: OrderedDict[str, bytes] = OrderedDict()

    async def paint(self, picture: Picture) -> bytes | None:
        if (known := self._drawn.get(picture.name)) is not None:
            return known
        drawn: bytes | None = await getattr(self, f"_{picture.kind}")(picture)
        if drawn is not None:
            self._drawn[picture.name] = drawn
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return drawn

    async def warm_up(self) -> None:
        """Import what draws: it takes a second or two."""
        await self._in_thread(_drawing)

    async def quality_of(self, until: datetime) -> list[ChainDay]:
        """Return what became of each chain's buckets up to a moment (IST wall time)."""
        found = []
        for name in self._indices:
            for expiry in await self._ledger.expiries(name, until.date()):
                rows = await self._ledger.day(name, expiry, until)
                session = session_on(segment_of(name), until.date())
                found.append(chain_day(name, expiry, session, rows, until))
        return found

    async def _chain(self, picture: Picture) -> bytes | None:
        shot = await self._ledger.snapshot(picture.index_name, picture.expiry, picture.until)
        if shot is None:
            return None
        return await self._in_thread(lambda: _drawing().chain_table.draw(shot.header, shot.rows))

    async def _oi(self, picture: Picture) -> bytes | None:
        shot = await self._ledger.snapshot(picture.index_name, picture.expiry, picture.until)
        if shot is None:
            return None
        since = await self._ledger.first_oi(picture.index_name, picture.expiry, picture.until.date())
        return await self._in_thread(lambda: _drawing().oi_bars.draw(shot.header, shot.rows, since))

    async def _day(self, picture: Picture) -> bytes | None:
        rows = await self._ledger.day(picture.index_name, picture.expiry, picture.until)
        return await self._in_thread(lambda: _drawing().day.draw(rows)) if rows else None

    async def _quality(self, picture: Picture) -> bytes | None:
        chains = await self.quality_of(picture.until)
        if not chains:
            return None
        return await self._in_thread(lambda: _drawing().quality.draw(picture.until.date(), chains))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _drawing() -> Any:
    """Import the drawing only when it is needed: matplotlib is slow to load."""
    from notifier.adapters import drawing  # noqa: PLC0415
    from notifier.adapters.drawing import chain_table, day, oi_bars, quality  # noqa: F401, PLC0415

    return drawing
