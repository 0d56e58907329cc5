"""When a position is closed: stop, target and trailing on its ticks, the rest by the clock of the ticks.

The stop is judged by the last price, as an exchange triggers a stop order; the target by the bid, for somebody must
pay it. A tick is judged by the stop as it stood before; then it may raise it: once the last price has gained
`trail_after` times the risk, the stop follows `trail_by` times the risk below the highest, and never falls.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR

import msgspec

from oi_common.market.rulebook.contracts import tick_size
from oi_common.market.sessions import session_at
from paper_trader.core.positions import ExitReason, Marks, Position
from paper_trader.core.quotes import Quote
from paper_trader.core.rules import Rules


@dataclass(frozen=True, slots=True)
class Judged:
    """A position after a tick; `reason` is None while it is held."""

    position: Position
    reason: ExitReason | None = None


def on_quote(position: Position, quote: Quote, rules: Rules) -> Judged:
    """Judge one tick of the position's contract. One outside the session, or older than the last, says nothing."""
    if quote.at < position.marks.quote.at or session_at(position.segment, quote.at) is None:
        return Judged(position)
    seen = msgspec.structs.replace(
        position, marks=Marks(quote, max(position.marks.highest, quote.ltp), position.marks.stop)
    )
    reason = _by_price(seen) or by_time(seen, quote.at, rules)
    return Judged(seen, reason) if reason else Judged(trailed(seen, rules))


def by_time(position: Position, at: datetime, rules: Rules) -> ExitReason | None:
    """Say why a position is closed at a moment, whatever its price. Nobody trades outside the session."""
    session = session_at(position.segment, at)
    if session is None or at < position.entered_at:
        return None
    if rules.square_off is not None:
        was_missed = session.day > position.entered_at.date()
        if was_missed or at >= session.closes - rules.square_off:
            return "square_off"
    return "time_exit" if rules.hold is not None and at - position.entered_at >= rules.hold else None


def trailed(position: Position, rules: Rules) -> Position:
    """Return the position with its stop raised, when the highest price allows it."""
    stop, decided, highest = position.marks.stop, position.stop_loss, position.marks.highest
    if rules.trail_by is None or stop is None or decided is None:
        return position
    risk = position.entry_price - decided
    if highest < position.entry_price + rules.trail_after * risk:
        return position
    tick = tick_size(position.segment, position.entered_at.date())
    raised = ((highest - rules.trail_by * risk) / tick).to_integral_value(ROUND_FLOOR) * tick
    marks = Marks(position.marks.quote, highest, max(stop, raised))
    return msgspec.structs.replace(position, marks=marks)


def _by_price(position: Position) -> ExitReason | None:
    quote, stop = position.marks.quote, position.marks.stop
    if stop is not None and quote.ltp <= stop:
        return "stop" if stop == position.stop_loss else "trailing_stop"
    offered = quote.ltp if quote.bid is None else quote.bid
    return "target" if position.target is not None and offered >= position.target else None
