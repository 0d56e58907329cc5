"""What the poller's work needs from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from oi_common.backfill import Progress
from oi_common.broker.contracts import Instrument, Instruments
from oi_common.events import Event
from poller.core.reading import CandleRead, GreeksRead, Key, QuotesRead
from poller.core.repair import Holes, Question
from poller.core.run import Answer
from poller.core.window import Window


class Broker(Protocol):
    """What the poller asks of the broker. Every method may raise the errors of `oi_common.broker.errors`."""

    async def quotes(self, keys: Sequence[Key], before: datetime) -> QuotesRead:
        """Return full quotes; raises Unavailable when the first request could not be sent before `before`."""

    async def candles(self, row: Instrument, first: datetime, last: datetime) -> tuple[CandleRead, ...]:
        """Return the 3-minute candles that begin in [first, last]."""

    async def oi_history(self, row: Instrument, first: datetime, last: datetime) -> dict[datetime, int]:
        """Return the OI at the end of each 3-minute bucket that begins in [first, last]."""

    async def greeks(self, underlying: str, expiry: date) -> tuple[GreeksRead, ...]: ...


class Library(Protocol):
    """Where the day's instruments come from."""

    @property
    def instruments(self) -> Instruments: ...

    async def reload(self) -> None: ...


class Outbox(Protocol):
    """Takes events and never loses one that it has room for."""

    async def send(self, event: Event, underlying: str) -> None: ...

    def is_waiting(self, underlying: str) -> bool:
        """Say whether something has not reached its stream yet."""


class Windows(Protocol):
    """Remembers what was polled today, so that a restart does not narrow it."""

    async def load(self, underlying: str, expiry: date, day: date) -> Window | None: ...

    async def save(self, underlying: str, expiry: date, day: date, window: Window) -> None: ...


class Ledger(Protocol):
    """What the bucketer has made of it. Every method raises Unavailable while it cannot be asked."""

    async def has_caught_up(self, underlying: str, *, live: bool) -> bool:
        """Say whether all that was told about the past is handled; with `live`, the polls as well."""

    async def first_day(self, underlying: str) -> date | None:
        """Return the first day the ledger knows of, None when it is empty."""

    async def has_rows(self, underlying: str, day: date) -> bool: ...

    async def holes(self, underlying: str, days: Sequence[date]) -> Holes: ...

    async def window(self, underlying: str, expiry: date, day: date) -> Window | None:
        """Return the strikes that a day's rows of a chain span, None without rows."""


class Answers(Protocol):
    """Keeps what the broker has answered, so that a crash does not ask for it again."""

    async def load(self, underlying: str, question: Question) -> Answer | None: ...

    async def keep(self, underlying: str, question: Question, answer: Answer) -> None: ...

    async def forget(self, underlying: str) -> None: ...


class Desk(Protocol):
    """Where people ask for days to be repaired."""

    async def asked(self, underlying: str) -> tuple[date, ...]: ...

    async def hear(self, underlying: str, day: date) -> None: ...

    async def report(self, underlying: str, progress: Progress) -> None: ...
