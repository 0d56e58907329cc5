"""The account of one underlying as it is worked on: the book, and where it is written down.

The tables come first and are the truth; Redis follows, with what is published and how far the ticks are read. A crash
between the two leaves a fill in the tables that Redis does not know: `restore` publishes it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec
import structlog

from oi_common.effects import Effects
from oi_common.events import TradeFilled
from oi_common.market.buckets import floor_to_3min
from paper_trader import metrics
from paper_trader.core.book import Book, Equity, Stored
from paper_trader.core.fills import Fill, event_of
from paper_trader.core.memory import Memory, dump, load
from paper_trader.core.positions import Position


class Ledger(Protocol):
    """The tables of one account. Every writing is one transaction, refused once the underlying has a new owner."""

    async def read(self, published: int | None) -> Stored: ...

    async def knows(self, trade_id: str) -> bool: ...

    async def record(self, position: Position, fill: Fill, equity: Equity) -> int: ...

    async def record_equity(self, equity: Equity, positions: Sequence[Position]) -> None: ...

    async def closing_value(self, since: datetime) -> Decimal | None: ...


class Journal(Protocol):
    """The account's state hash in Redis, and the stream of its fills."""

    async def read(self) -> tuple[int, str | None]: ...

    async def write(self, memory: Memory, published: Sequence[TradeFilled] = ()) -> None: ...


class Desk:
    """Keeps book, tables and Redis in step."""

    def __init__(self, partition: str, ledger: Ledger, journal: Journal, capital: Decimal) -> None:
        self._partition = partition
        self._ledger = ledger
        self._journal = journal
        self._capital = capital
        self.memory = Memory()
        self.book = Book(capital)

    async def restore(self) -> None:
        """Take up what is written down, and publish what a crash has left unpublished."""
        version, text = await self._journal.read()
        self.memory = _loaded(version, text)
        stored = await self._ledger.read(self.memory.published)
        self.book = Book.of(stored, self._capital, self.memory.marks)
        if stored.unpublished or self.memory.published is None:
            self.memory = msgspec.structs.replace(self.memory, published=stored.last_number)
            await self.write([fill.event for fill in stored.unpublished])
        self._show()

    async def fill(self, position: Position, fill: Fill) -> TradeFilled:
        """Write a fill into the tables, then the book; return what is to be published with the next writing."""
        equity = self.book.after(position, fill).equity(floor_to_3min(fill.at), fill.at)
        number = await self._ledger.record(position, fill, equity)
        self.book.filled(position, fill)
        self.memory = msgspec.structs.replace(self.memory, published=number)
        metrics.FILLS.labels(self._partition, fill.action, fill.reason).inc()
        structlog.get_logger().info(
            "paper.filled", trade_id=fill.trade_id, action=fill.action, price=str(fill.price), reason=fill.reason,
            pnl_net=None if fill.pnl_net is None else str(fill.pnl_net),
        )  # fmt: skip
        self._show()
        return event_of(position, fill)

    async def end_bucket(self, at: datetime) -> None:
        """Write what the account was worth at a moment as the last word of its bucket."""
        await self._ledger.record_equity(self.book.equity(floor_to_3min(at), at), self.book.positions)
        self._show()

    def effects(self, published: Sequence[TradeFilled]) -> Effects:
        """Return the memory and the fills, to be written with the acknowledgement of an entry."""
        self._turn_version()
        version = str(self.memory.version)
        return Effects(publish=tuple(published), state={"version": version, "memory": dump(self.memory)})

    async def write(self, published: Sequence[TradeFilled] = ()) -> None:
        """Write the memory and the fills."""
        self._turn_version()
        await self._journal.write(self.memory, published)

    def _turn_version(self) -> None:
        self.memory = msgspec.structs.replace(
            self.memory, version=self.memory.version + 1, marks=self.book.marks
        )

    def _show(self) -> None:
        worth = self.book.cash + sum((each.value for each in self.book.positions), Decimal(0))
        metrics.OPEN.labels(self._partition).set(len(self.book.positions))
        metrics.EQUITY.labels(self._partition).set(float(worth))


def _loaded(version: int, text: str | None) -> Memory:
    if text is None:
        return Memory(version=version)
    try:
        return load(text)
    except msgspec.ValidationError as e:
        # Written by a version whose memory had another shape; the tables tell what matters.
        structlog.get_logger().warning("state.unreadable", error=str(e))
        return Memory(version=version)
