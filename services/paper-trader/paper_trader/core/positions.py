"""A held option: what was bought, and what has been seen of it since."""

from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

import msgspec

from oi_common.market.chain import Side
from oi_common.trimming import EntryId
from paper_trader.core.quotes import Quote

ExitReason = Literal["stop", "trailing_stop", "target", "time_exit", "square_off", "expiry", "decision"]

_LONGEST_ID = 100


class Marks(msgspec.Struct, frozen=True):
    """What changes with every tick. `stop` is None where none was decided."""

    quote: Quote
    highest: Decimal
    stop: Decimal | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """One open position. `tick_id` is the last tick handled before the entry: later ones may close it."""

    trade_id: str
    index_name: str
    segment: str
    expiry: date
    strike: int
    side: Side
    lots: int
    lot_size: int
    entered_at: datetime
    entry_price: Decimal
    entry_charges: Decimal
    stop_loss: Decimal | None
    target: Decimal | None
    marks: Marks
    tick_id: str
    loop: str
    engine: str
    model: str | None = None

    @property
    def quantity(self) -> int:
        return self.lots * self.lot_size

    @property
    def contract(self) -> str:
        return contract_key(self.expiry, self.strike, self.side)

    @property
    def value(self) -> Decimal:
        """What it would fetch at the bid, else at the last price; before charges."""
        quote = self.marks.quote
        return self.quantity * (quote.ltp if quote.bid is None else quote.bid)

    def is_before(self, tick_id: EntryId) -> bool:
        """Say whether a tick came after the entry."""
        return EntryId.parse(self.tick_id) < tick_id


def contract_key(expiry: date | str, strike: int | str, side: str) -> str:
    return f"{expiry}|{strike}|{side}"


def trade_id_of(event_id: str) -> str:
    """Return the id of the trade that a decision opens: always the same for the same decision."""
    name = event_id.removeprefix("decisions:")
    return name if len(name) <= _LONGEST_ID else sha256(name.encode()).hexdigest()
