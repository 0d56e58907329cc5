"""What following a decision would have brought: bought at the ask then, sold at a bid later, after all charges."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from oi_common.market.rulebook.charges import to_paisa
from oi_common.market.rulebook.contracts import lot_size
from oi_common.market.rulebook.tables import NotInRulebook
from oi_common.market.sessions import session_at
from oi_common.market.underlyings import segment_of
from paper_trader.core.fills import rates
from paper_trader.core.opinions import Opinion
from paper_trader.core.watching import PATH, Ended, Watch

HORIZONS: Final = {str(minutes): timedelta(minutes=minutes) for minutes in (3, 6, 15, 30)}
_NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ScoringRules:
    """`good_for` is how long a tick's prices hold; `square_off` how long before the close a path ends."""

    good_for: timedelta
    square_off: timedelta | None = None
    brokerage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of `decision_outcomes`; while an entry is followed, `exit_reason` is None and so is the rest."""

    event_id: str
    engine: str
    horizon: str
    time: datetime
    loop: str
    index_name: str
    expiry: date | None
    days_to_expiry: int | None
    decision: str
    side: str | None
    strike: int | None
    confidence: Decimal | None
    quantity: int | None = None
    entry_price: Decimal | None = None
    exit_price: Decimal | None = None
    exit_reason: str | None = None
    gross: Decimal | None = None
    charges: Decimal | None = None
    net: Decimal | None = None
    hit: bool | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.event_id, self.engine, self.horizon


def nothing_done(opinion: Opinion) -> Outcome:
    """Return the outcome of entering nothing; it is the same at every horizon, and stands there once."""
    return replace(
        _outcome(opinion, PATH), gross=_NOTHING, charges=_NOTHING, net=_NOTHING, hit=False, quantity=0
    )


def begun(opinion: Opinion, entry_price: Decimal | None) -> tuple[Outcome, ...]:
    """Return the outcomes of an entry as they are when it is made; without a price they are unknown for good."""
    reason = "unknown" if entry_price is None else None
    return tuple(
        replace(
            _outcome(opinion, horizon),
            entry_price=entry_price,
            quantity=quantity(opinion),
            exit_reason=reason,
        )
        for horizon in (*HORIZONS, PATH)
    )


def watches(opinion: Opinion, square_off: timedelta | None) -> tuple[Watch, ...]:
    """Return what is to be watched of an entry; nothing, when it names no contract or the market is closed.

    A horizon past the close ends at the close. A path ends at the square-off; what is entered later, at the close.
    """
    session = session_at(segment_of(opinion.index_name), opinion.moment)
    if session is None or opinion.contract is None:
        return ()
    since, closes = opinion.moment, session.closes
    found = [_at(opinion, name, since + width, closes) for name, width in HORIZONS.items()]
    leaves = closes - (square_off or timedelta(0))
    path = replace(
        _at(opinion, PATH, closes, closes),
        due=leaves if since < leaves else closes,
        stop=opinion.stop_loss,
        target=opinion.target,
    )
    return (*found, path)


def ended(outcome: Outcome, end: Ended, on: date, brokerage: Decimal | None) -> Outcome:
    """Return the outcome with its end. What cannot be reckoned is unknown: no price, lot or charges."""
    entry_price, units, price = outcome.entry_price, outcome.quantity, end.price
    costs = None
    if entry_price is not None and units is not None and price is not None:
        costs = _charges(outcome, entry_price, units, price, on, brokerage)
    if entry_price is None or units is None or price is None or costs is None:
        return replace(outcome, exit_price=price, exit_reason="unknown")
    gross = to_paisa(units * (price - entry_price))
    return replace(
        outcome, exit_price=price, exit_reason=end.reason, gross=gross, charges=costs, net=gross - costs,
        hit=gross > costs,
    )  # fmt: skip


def quantity(opinion: Opinion) -> int | None:
    """Return the units of one lot; None when neither the decision nor the rulebook tells."""
    if opinion.lot_size is not None or opinion.expiry is None:
        return opinion.lot_size
    try:
        return lot_size(opinion.index_name, opinion.expiry)
    except NotInRulebook:
        return None


def _charges(
    outcome: Outcome, entry_price: Decimal, units: int, price: Decimal, on: date, brokerage: Decimal | None
) -> Decimal | None:
    try:
        charged = rates(segment_of(outcome.index_name), on, brokerage)
    except NotInRulebook:
        return None
    return to_paisa(charged.round_trip(units, entry_price, price).total)


def _at(opinion: Opinion, horizon: str, due: datetime, closes: datetime) -> Watch:
    reason: Literal["horizon", "close"] = "horizon" if due < closes else "close"
    return Watch((opinion.event_id, opinion.engine, horizon), opinion.moment, min(due, closes), reason)


def _outcome(opinion: Opinion, horizon: str) -> Outcome:
    return Outcome(
        event_id=opinion.event_id,
        engine=opinion.engine,
        horizon=horizon,
        time=opinion.time,
        loop=opinion.loop,
        index_name=opinion.index_name,
        expiry=opinion.expiry,
        days_to_expiry=opinion.days_to_expiry,
        decision=opinion.decision,
        side=opinion.side,
        strike=opinion.strike,
        confidence=opinion.confidence,
    )
