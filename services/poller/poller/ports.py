"""What the poller's work needs from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from oi_common.broker.contracts import Instrument, Instruments
from oi_common.events import Event
from poller.core.reading import CandleRead, GreeksRead, Key, QuotesRead
from poller.core.window import Window


class Broker(Protocol):
    """What the poller asks of the broker. Every method may raise the errors of `oi_common.broker.errors`."""

    async def quotes(self, keys: Sequence[Key], before: datetime) -> QuotesRead:
        """Return full quotes; raises Unavailable when the first request could not be sent before `before`."""

    async def candles(self, index: Instrument, first: datetime, last: datetime) -> tuple[CandleRead, ...]:
        """Return the 3-minute candles that begin in [first, last]."""

    async def greeks(self, underlying: str, expiry: date) -> tuple[GreeksRead, ...]: ...


class Library(Protocol):
    """Where the day's instruments come from."""

    @property
    def instruments(self) -> Instruments: ...

    async def reload(self) -> None: ...


class Outbox(Protocol):
    """Takes events and never loses one that it has room for."""

    async def send(self, event: Event, underlying: str) -> None: ...


class Windows(Protocol):
    """Remembers what was polled today, so that a restart does not narrow it."""

    async def load(self, underlying: str, expiry: date, day: date) -> Window | None: ...

    async def save(self, underlying: str, expiry: date, day: date, window: Window) -> None: ...
