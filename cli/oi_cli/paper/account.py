"""One day of paper trading, as the tables tell it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """An open position and its last known quote; times are IST."""

    trade_id: str
    index_name: str
    expiry: date
    strike: int
    side: str
    quantity: int
    time: datetime
    entry_price: Decimal
    entry_charges: Decimal
    stop: Decimal | None
    target: Decimal | None
    last_at: datetime
    last_ltp: Decimal
    last_bid: Decimal | None

    @property
    def gross(self) -> Decimal:
        """What it would gain at the bid, else at the last price; the sale would cost its charges, too."""
        worth = self.last_ltp if self.last_bid is None else self.last_bid
        return self.quantity * (worth - self.entry_price)


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill; a profit or loss comes with an EXIT."""

    trade_id: str
    time: datetime
    index_name: str
    expiry: date
    strike: int
    side: str
    action: str
    quantity: int
    price: Decimal
    reason: str
    note: str
    charges: Decimal
    pnl_gross: Decimal | None
    pnl_net: Decimal | None


@dataclass(frozen=True, slots=True)
class Total:
    """What the positions closed on the day came to. `net` is less the charges of both their fills."""

    index_name: str
    closed: int
    won: int
    gross: Decimal
    net: Decimal
    equity: Decimal | None = None

    @property
    def charges(self) -> Decimal:
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class Account:
    """A day's trades, and what is held now; `equity` is each underlying's last of the day."""

    day: date
    held: Sequence[Held]
    trades: Sequence[Trade]
    equity: dict[str, Decimal]

    @property
    def totals(self) -> tuple[Total, ...]:
        """One for each underlying; with several, their sum at the end."""
        names = sorted({*self.equity, *(trade.index_name for trade in self.trades)})
        each = tuple(self._total(name, [name]) for name in names)
        return (*each, self._total("all", names)) if len(each) > 1 else each

    def _total(self, said: str, names: Sequence[str]) -> Total:
        exits = list(self._exits(names))
        known = [self.equity[name] for name in names if name in self.equity]
        return Total(
            index_name=said,
            closed=len(exits),
            won=sum(1 for _, net in exits if net > 0),
            gross=sum((gross for gross, _ in exits), NOTHING),
            net=sum((net for _, net in exits), NOTHING),
            equity=sum(known, NOTHING) if known else None,
        )

    def _exits(self, names: Sequence[str]) -> Iterator[tuple[Decimal, Decimal]]:
        for trade in self.trades:
            if trade.index_name in names and trade.pnl_gross is not None and trade.pnl_net is not None:
                yield trade.pnl_gross, trade.pnl_net
