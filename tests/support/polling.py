"""Running the real poller in this process against a simulated exchange, at simulated time."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import Event, stream_of
from oi_common.health import Health
from oi_common.service import Runtime
from oi_common.wire import decode
from poller.main import serve
from poller.settings import Settings
from simulator.adapters.server import SimulatedExchange
from simulator.testing import ManualClock

FILLER = 105_000  # rows, so that the master is believed
SECOND = timedelta(seconds=1)
E = TypeVar("E", bound=Event)
Happening = tuple[datetime, Callable[[], object]]


class PacedClock:
    """The poller's clock drives the exchange's, as pacing does; past `end` it asks for a stop."""

    def __init__(self, manual: ManualClock, end: datetime, events: Iterable[Happening] = ()) -> None:
        self.manual = manual
        self.end = end
        self.stop = asyncio.Event()
        self.events = list(events)

    def now(self) -> datetime:
        return self.manual.now()

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(0)
        if moment <= self.now():
            return
        while self.events and self.events[0][0] <= moment:
            self.events.pop(0)[1]()
        if moment > self.end:
            self.manual.set(max(self.end, self.now()))
            self.stop.set()
            await asyncio.Event().wait()
        self.manual.set(moment)


def settings(exchange: SimulatedExchange, folder: Path, **more: Any) -> Settings:
    account = {name.lower(): value for name, value in exchange.environment("127.0.0.1").items()}
    return Settings.model_validate({**account, "data_dir": folder, "strikes_around": 12, **more})


async def run(
    exchange: SimulatedExchange,
    manual: ManualClock,
    url: str,
    folder: Path,
    end: datetime,
    events: Iterable[Happening] = (),
    **more: Any,
) -> None:
    """Let the poller work from the exchange's time now until `end`."""
    clock = PacedClock(manual, end, events)
    redis = connect_redis(url)
    wanted = settings(exchange, folder, **more)
    health = Health()
    ledger = Database(f"sqlite:///{folder}/not_migrated.db")  # looking for holes waits; polling must not
    try:
        async with asyncio.timeout(60):
            await serve(Runtime("poller", wanted, clock.stop, redis, ledger, clock, health))
        assert health.not_ready_because is None
    finally:
        await redis.aclose()
        ledger.close()


async def told(url: str, kind: type[E], underlying: str) -> list[E]:
    redis = connect_redis(url)
    try:
        return [decode(kind, fields) for _, fields in await redis.xrange(stream_of(kind, underlying))]
    finally:
        await redis.aclose()


def slots(events: Iterable[Event]) -> list[str]:
    """Return the poll slots that polls were made for, as their ids tell them."""
    return [event.event_id.split(":", 3)[3] for event in events]


def grid(first: datetime, last: datetime, every: timedelta = 20 * SECOND) -> Iterator[str]:
    while first <= last:
        yield first.isoformat()
        first += every
