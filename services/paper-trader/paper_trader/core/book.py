"""What one underlying's paper account holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec

from oi_common.events import TradeFilled
from paper_trader.core.fills import Fill
from paper_trader.core.positions import Marks, Position


@dataclass(frozen=True, slots=True)
class Equity:
    """What the account is worth; `time` is the start of the bucket."""

    time: datetime
    at: datetime
    cash: Decimal
    positions: int
    open_value: Decimal

    @property
    def total(self) -> Decimal:
        return self.cash + self.open_value


@dataclass(frozen=True, slots=True)
class Published:
    """A fill as it is, or is to be, published; `number` counts the underlying's fills."""

    number: int
    event: TradeFilled


@dataclass(frozen=True, slots=True)
class Stored:
    """What the tables say: the open positions, the sum of all fills' cash, and fills that may not be published."""

    positions: tuple[Position, ...] = ()
    cash_flow: Decimal = Decimal(0)
    unpublished: tuple[Published, ...] = ()
    last_number: int = 0


@dataclass(slots=True)
class Book:
    """The open positions by trade, and the cash."""

    cash: Decimal
    _open: dict[str, Position] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Stored, capital: Decimal, marks: dict[str, Marks]) -> "Book":
        """Take up the tables; what the ticks said of a position since, Redis knows better."""
        book = cls(capital + stored.cash_flow)
        for position in stored.positions:
            known = marks.get(position.trade_id, position.marks)
            book.keep(msgspec.structs.replace(position, marks=known))
        return book

    @property
    def positions(self) -> tuple[Position, ...]:
        return tuple(self._open.values())

    @property
    def marks(self) -> dict[str, Marks]:
        return {trade_id: position.marks for trade_id, position in self._open.items()}

    def of_contract(self, contract: str) -> Iterable[Position]:
        return [position for position in self._open.values() if position.contract == contract]

    def keep(self, position: Position) -> None:
        self._open[position.trade_id] = position

    def filled(self, position: Position, fill: Fill) -> None:
        """Take a fill into account."""
        self.cash += fill.cash
        if fill.action == "ENTER":
            self.keep(position)
        else:
            del self._open[position.trade_id]

    def equity(self, time: datetime, at: datetime) -> Equity:
        value = sum((position.value for position in self._open.values()), Decimal(0))
        return Equity(time, at, self.cash, len(self._open), value)

    def after(self, position: Position, fill: Fill) -> "Book":
        """Return a copy of the book as the fill leaves it."""
        book = Book(self.cash, dict(self._open))
        book.filled(position, fill)
        return book
