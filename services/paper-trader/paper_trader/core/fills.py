"""Fills: what changes hands, what it costs, and what is left of a position."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from oi_common.events import TradeFilled
from oi_common.market.rulebook.charges import Charges, Cost, charges_on, to_paisa
from paper_trader.core.positions import ExitReason, Position
from paper_trader.core.quotes import FillPrice, Quote

EXCHANGES: Final = {"NFO": "NSE", "BFO": "BSE", "MCX": "MCX"}


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill. `cost` is exact; `charges` is to the paisa, and both fills' add up to those of the position."""

    trade_id: str
    action: Literal["ENTER", "EXIT"]
    at: datetime
    quantity: int
    price: Decimal
    reason: str
    note: str
    cost: Cost
    charges: Decimal
    quote: Quote | None = None
    pnl_gross: Decimal | None = None
    pnl_net: Decimal | None = None

    @property
    def cash(self) -> Decimal:
        """What it adds to the cash."""
        premium = self.quantity * self.price
        return (premium if self.action == "EXIT" else -premium) - self.charges


def rates(segment: str, on: date, brokerage: Decimal | None) -> Charges:
    """Return the charges of a segment's options. Raises NotInRulebook, or KeyError for a segment without options."""
    return charges_on(on, EXCHANGES[segment], brokerage_per_order=brokerage)


def entry(position: Position, note: str, brokerage: Decimal | None) -> Fill:
    """Return the fill that opened a position."""
    cost = _entry_cost(position, brokerage)
    return Fill(
        position.trade_id,
        "ENTER",
        position.entered_at,
        position.quantity,
        position.entry_price,
        "decision",
        note,
        cost,
        to_paisa(cost.total),
        position.marks.quote,
    )


def sale(
    position: Position, at: datetime, filled: FillPrice, reason: ExitReason, brokerage: Decimal | None
) -> Fill:
    """Return the fill that sells a position in the market."""
    cost = rates(position.segment, at.date(), brokerage).cost("sell", position.quantity, filled.price)
    return _closing(position, at, filled, reason, cost, position.marks.quote, brokerage)


def settlement(
    position: Position, at: datetime, worth: Decimal, spot: Decimal, brokerage: Decimal | None
) -> Fill:
    """Return the fill that settles an expired position in cash: no order, and a tax on what is exercised."""
    charges = rates(position.segment, position.expiry, None)
    in_money = worth > 0 and charges.tax_on_exercise is not None
    cost = charges.cost_of_exercise(position.quantity, worth) if in_money else Cost()
    filled = FillPrice(worth, f"intrinsic value at {spot}")
    return _closing(position, at, filled, "expiry", cost, None, brokerage)


def event_of(position: Position, fill: Fill) -> TradeFilled:
    return TradeFilled(
        trade_id=fill.trade_id,
        action=fill.action,
        index_name=position.index_name,
        expiry=position.expiry,
        strike=position.strike,
        side=position.side,
        quantity=fill.quantity,
        price=float(fill.price),
        reason=f"{fill.reason}: {fill.note}",
        charges=float(fill.charges),
        pnl_gross=_number(fill.pnl_gross),
        pnl_net=_number(fill.pnl_net),
    )


def _closing(
    position: Position,
    at: datetime,
    filled: FillPrice,
    reason: ExitReason,
    cost: Cost,
    quote: Quote | None,
    brokerage: Decimal | None,
) -> Fill:
    gross = to_paisa(position.quantity * (filled.price - position.entry_price))
    # Rounded once, for the round trip: two rounded halves may be a paisa off.
    whole = to_paisa(_entry_exactly(position, brokerage) + cost.total)
    charges = whole - position.entry_charges
    return Fill(
        position.trade_id, "EXIT", at, position.quantity, filled.price, reason, filled.note, cost, charges,
        quote, gross, gross - whole,
    )  # fmt: skip


def _entry_cost(position: Position, brokerage: Decimal | None) -> Cost:
    entered_on = position.entered_at.date()
    return rates(position.segment, entered_on, brokerage).cost("buy", position.quantity, position.entry_price)


def _entry_exactly(position: Position, brokerage: Decimal | None) -> Decimal:
    """Return the entry's unrounded charges; those charged where the settings have changed since."""
    exact = _entry_cost(position, brokerage).total
    return exact if to_paisa(exact) == position.entry_charges else position.entry_charges


def _number(rupees: Decimal | None) -> float | None:
    return None if rupees is None else float(rupees)
