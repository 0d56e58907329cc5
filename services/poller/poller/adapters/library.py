"""The day's instruments, reloaded each morning and written down for those who read the tables."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from oi_common.broker.contracts import FUTURE_KINDS, Instrument, Instruments
from oi_common.broker.instruments import load_instruments
from oi_common.broker.master import MasterRules
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import Clock
from oi_common.database import Database
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import utc_naive
from oi_common.market.underlyings import INDIA_VIX
from oi_common.tables import instruments as table
from oi_common.upserts import Row, upsert

_FIRST: Final = frozenset({"first_seen_at"})


@dataclass(frozen=True, slots=True)
class LibraryRules:
    """What a master must be, and in real time how long after a failure the next attempt is made."""

    master: MasterRules = MasterRules()  # noqa: RUF009 frozen
    load_again_after: timedelta = timedelta(minutes=10)
    store_again_after: timedelta = timedelta(minutes=1)


class MasterLibrary:
    """Holds the newest good instruments."""

    def __init__(
        self, settings: BrokerSettings, clock: Clock, database: Database, rules: LibraryRules | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._rules = rules or LibraryRules()
        self._held: Instruments | None = None
        self._afterwards: asyncio.Task[None] | None = None
        self._log = structlog.get_logger()

    @property
    def instruments(self) -> Instruments:
        if self._held is None:
            raise Unavailable("the instrument master has not been loaded yet")
        return self._held

    async def reload(self) -> None:
        """Load today's, or the last good ones. Raises Unavailable, then what is held stays.

        The table is written afterwards, and today's asked for again where it could not be had: no poll waits for it.
        """
        found = self._held = await load_instruments(self._settings, self._clock, self._rules.master)
        if self._afterwards is not None:
            self._afterwards.cancel()
        self._afterwards = asyncio.create_task(self._follow_up(found))

    async def _follow_up(self, found: Instruments) -> None:
        await self._store(found)
        while self._is_of_another_day(found):
            await asyncio.sleep(self._rules.load_again_after.total_seconds())
            try:
                found = await load_instruments(self._settings, self._clock, self._rules.master)
            except (Unavailable, Misconfigured) as e:
                self._log.warning("master.missing", error=str(e))
            else:
                self._held = found
                await self._store(found)

    def _is_of_another_day(self, found: Instruments) -> bool:
        return found.downloaded_at is not None and found.downloaded_at.date() < self._clock.now().date()

    async def _store(self, found: Instruments) -> None:
        """Write the rows once the database takes them. Only readers of the table miss them: nothing here is fatal."""
        seen_at = found.downloaded_at or self._clock.now()

        def write(connection: Connection) -> None:
            rows = stored(found, self._settings.indices, seen_at)
            upsert(connection, table, rows, keep=_FIRST, guard="seen_at")

        while True:
            try:
                return await self._database.run(write)
            except Unavailable as e:
                self._log.warning("instruments.not_stored", error=str(e))
                await asyncio.sleep(self._rules.store_again_after.total_seconds())
            except SQLAlchemyError as e:
                self._log.warning("instruments.not_stored", error=str(e))
                return None


def stored(found: Instruments, names: Iterable[str], seen_at: datetime) -> list[Row]:
    """Return the table's rows of the named underlyings: everything there is of them, and India VIX."""
    rows = {}
    for name in (*names, INDIA_VIX.name):
        for instrument in (*_index(found, name), *found.of(name)):
            row = _row(instrument, name, utc_naive(seen_at))
            rows[row["exchange"], row["contract"]] = row
    return list(rows.values())


def _index(found: Instruments, name: str) -> Iterator[Instrument]:
    with suppress(Misconfigured):
        yield found.spot(name)


def _row(instrument: Instrument, name: str, seen_at: datetime) -> Row:
    kind = "FUT" if instrument.kind in FUTURE_KINDS else instrument.side
    parts = (name, instrument.expiry, instrument.strike, kind)
    return {
        "exchange": instrument.exchange,
        "contract": " ".join(str(part) for part in parts if part is not None),
        "index_name": name,
        "kind": instrument.kind,
        "expiry": instrument.expiry,
        "strike": instrument.strike,
        "option_type": instrument.side,
        "token": instrument.token,
        "symbol": instrument.symbol,
        "lot_size": instrument.lot_size,
        "tick_size": instrument.tick_size,
        "first_seen_at": seen_at,
        "seen_at": seen_at,
    }
