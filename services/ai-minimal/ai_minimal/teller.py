"""Tells of decisions: first to the table, then to the stream, in their order, beside the beats."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog

from ai_minimal import metrics
from oi_common.advice.decided import Decided
from oi_common.errors import LeaseLost, Unavailable
from oi_common.events import DecisionMade

_KEPT_WITHIN: Final = 0.5  # real seconds; a database that is slower, or away, is told later
_TOLD_WITHIN: Final = 10.0  # of the decision; after that it is about the past
_AGAIN: Final = timedelta(milliseconds=250)


class Journal(Protocol):
    """The tables."""

    def note(self, entry: Decided) -> None: ...

    async def write(self, *entries: Decided) -> None: ...


class Publisher(Protocol):
    """The stream. Both raise LeaseLost, and Unavailable."""

    async def check(self) -> None: ...

    async def publish_once(self, event: DecisionMade) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    decided: Decided
    since: float


class Teller:
    """A decision that is on the stream is in the table, or waits in the journal while the database is away."""

    def __init__(self, partition: str, journal: Journal, publisher: Publisher) -> None:
        self._partition = partition
        self._journal = journal
        self._publisher = publisher
        self._waiting: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._log = structlog.get_logger().bind(partition=partition)

    def tell(self, decided: Decided) -> None:
        """Keep a decision for telling; takes no time."""
        self._waiting.put_nowait(_Waiting(decided, time.monotonic()))

    def close(self) -> None:
        """Let `run` return when all is told."""
        self._waiting.put_nowait(None)

    async def run(self, lost: asyncio.Event) -> None:
        """Tell until `close`; sets `lost` and returns when another replica owns the partition."""
        while (waiting := await self._waiting.get()) is not None:
            try:
                await self._tell(waiting)
            except LeaseLost as e:
                self._log.warning("lease.lost", error=str(e))
                lost.set()
                return

    async def _tell(self, waiting: _Waiting) -> None:
        is_kept = False
        while time.monotonic() - waiting.since < _TOLD_WITHIN:
            try:
                await self._publisher.check()
                is_kept = is_kept or await self._keep(waiting.decided)
                await self._publisher.publish_once(waiting.decided.event)
            except Unavailable as e:
                self._log.warning("decision.waiting", error=str(e))
                await asyncio.sleep(_AGAIN.total_seconds())
            else:
                self._say(waiting.decided)
                return
        metrics.UNTOLD.labels(self._partition).inc()
        self._log.error("decision.untold", event_id=waiting.decided.event.event_id)

    async def _keep(self, decided: Decided) -> bool:
        try:
            async with asyncio.timeout(_KEPT_WITHIN):
                await self._journal.write(decided)
        except (Unavailable, TimeoutError):
            self._journal.note(decided)
        return True

    def _say(self, decided: Decided) -> None:
        event = decided.event
        self._log.info(
            "decision.published",
            event_time=event.event_time.isoformat(),
            engine=event.engine,
            decision=event.decision,
            side=event.side,
            strike=event.strike,
            because=decided.because,
            rejected_because=decided.rejected_because,
        )
