"""The day's instruments, reloaded each morning and written down for those who read the tables."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from oi_common.broker.contracts import FUTURE_KINDS, Instrument, Instruments
from oi_common.broker.instruments import load_instruments
from oi_common.broker.master import MasterRules
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import Clock
from oi_common.database import Database, Row, upsert
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import utc_naive
from oi_common.market.underlyings import INDIA_VIX
from oi_common.tables import instruments as table

_STORE_AGAIN_AFTER: Final = timedelta(minutes=1)
_FIRST: Final = frozenset({"first_seen_at"})


class MasterLibrary:
    """Holds the newest good instruments."""

    def __init__(
        self, settings: BrokerSettings, clock: Clock, database: Database, rules: MasterRules | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._rules = rules
        self._held: Instruments | None = None
        self._storing: asyncio.Task[None] | None = None

    @property
    def instruments(self) -> Instruments:
        if self._held is None:
            raise Unavailable("the instrument master has not been loaded yet")
        return self._held

    async def reload(self) -> None:
        """Load today's. Raises Unavailable, then what is held stays. The table is written meanwhile, no poll waits."""
        self._held = await load_instruments(self._settings, self._clock, self._rules)
        if self._storing is not None:
            self._storing.cancel()
        self._storing = asyncio.create_task(self._store(self._held))

    async def _store(self, found: Instruments) -> None:
        """Write the rows once the database takes them; nobody waits for it, so nothing of it may be fatal."""
        log = structlog.get_logger()
        rows = stored(found, self._settings.indices, found.downloaded_at or self._clock.now())
        while True:
            try:
                await self._database.run(lambda c: upsert(c, table, rows, keep=_FIRST, guard="seen_at"))
            except Unavailable as e:
                log.warning("instruments.not_stored", error=str(e))
                await asyncio.sleep(_STORE_AGAIN_AFTER.total_seconds())
            except SQLAlchemyError as e:
                log.warning("instruments.not_stored", error=str(e))
                return
            else:
                return


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
