"""Whether a decision to enter is followed, and at what price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from oi_common.events import DecisionMade
from oi_common.market.chain import Side
from oi_common.market.rulebook.charges import to_paisa
from oi_common.market.rulebook.contracts import lot_size, tick_size
from oi_common.market.rulebook.tables import NotInRulebook
from oi_common.market.sessions import session_at
from paper_trader.core.fills import Fill, entry, rates
from paper_trader.core.positions import Marks, Position, trade_id_of
from paper_trader.core.quotes import Quote, bought, is_fresh
from paper_trader.core.rules import Rules

Refusal = Literal[
    "incomplete",  # no expiry, strike or side
    "expired",  # the contract has ended
    "stale",  # too old by the clock of the ticks
    "position_open",  # as many as may be
    "closed",  # outside the session
    "square_off",  # too near to the close
    "no_fresh_quote",
    "wrong_levels",  # the stop is not below the price, or the target not above it
    "no_rule",  # the rulebook knows no lot, tick or charges
    "no_cash",
]


@dataclass(frozen=True, slots=True)
class Account:
    """What an entry is made from: one underlying's purse and positions, and where its ticks are."""

    segment: str
    cash: Decimal
    positions: Sequence[Position]
    clock: datetime | None
    tick_id: str


class Entered(NamedTuple):
    """A new position and the fill that opened it."""

    position: Position
    fill: Fill


class _Contract(NamedTuple):
    expiry: date
    strike: int
    side: Side


def decided(decision: DecisionMade, quote: Quote | None, account: Account, rules: Rules) -> Entered | Refusal:
    """Return the position that a decision to enter opens, or why it opens none."""
    if decision.expiry is None or decision.strike is None or decision.side is None:
        return "incomplete"
    contract = _Contract(decision.expiry, decision.strike, decision.side)
    at = max(decision.event_time, account.clock or decision.event_time)
    if refusal := _not_now(decision, contract, at, account, rules):
        return refusal
    if quote is None or not is_fresh(quote, at, rules):
        return "no_fresh_quote"
    try:
        entered = _entered(decision, contract, at, quote, account, rules)
    except NotInRulebook:
        return "no_rule"
    return _wrong_with(entered, account) or entered


def _not_now(
    decision: DecisionMade, contract: _Contract, at: datetime, account: Account, rules: Rules
) -> Refusal | None:
    if at - decision.event_time > rules.decision_age:
        return "stale"
    if contract.expiry < at.date():
        return "expired"
    if len(account.positions) >= rules.max_positions:
        return "position_open"
    session = session_at(account.segment, at)
    if session is None:
        return "closed"
    too_late = rules.square_off is not None and at >= session.closes - rules.square_off
    return "square_off" if too_late else None


def _entered(
    decision: DecisionMade,
    contract: _Contract,
    at: datetime,
    quote: Quote,
    account: Account,
    rules: Rules,
) -> Entered:
    filled = bought(quote, at, rules, tick_size(account.segment, at.date()))
    lot = lot_size(decision.index_name, contract.expiry)
    costs = rates(account.segment, at.date(), rules.brokerage).cost("buy", rules.lots * lot, filled.price)
    stop = _level(decision.stop_loss)
    position = Position(
        trade_id=trade_id_of(decision.event_id),
        index_name=decision.index_name,
        segment=account.segment,
        expiry=contract.expiry,
        strike=contract.strike,
        side=contract.side,
        lots=rules.lots,
        lot_size=lot,
        entered_at=at,
        entry_price=filled.price,
        entry_charges=to_paisa(costs.total),
        stop_loss=stop,
        target=_level(decision.target),
        marks=Marks(quote, quote.ltp, stop),
        tick_id=account.tick_id,
        loop=decision.loop,
        engine=decision.engine,
        model=decision.model,
    )
    return Entered(position, entry(position, filled.note, rules.brokerage))


def _wrong_with(entered: Entered, account: Account) -> Refusal | None:
    position, fill = entered
    stop, target = position.stop_loss, position.target
    if stop is not None and stop >= min(position.entry_price, position.marks.quote.ltp):
        return "wrong_levels"
    if target is not None and target <= position.entry_price:
        return "wrong_levels"
    return "no_cash" if -fill.cash > account.cash else None


def _level(price: float | None) -> Decimal | None:
    return None if price is None else Decimal(str(price))
