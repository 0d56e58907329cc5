"""The end of a contract that is still held: cash, by the closing value of its index."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from oi_common.market.sessions import TradingSession, previous_trading_day, session_on
from oi_common.market.underlyings import INDICES
from paper_trader.core.positions import Position

_AFTER: Final = timedelta(minutes=10)  # the closing value comes a little after the close
_LAST_VALUES: Final = timedelta(minutes=3)


def is_expired(position: Position, at: datetime) -> bool:
    """Say whether the contract has ended, and its settlement value may be known."""
    return at >= settled_at(position) + _AFTER


def settled_at(position: Position) -> datetime:
    """Return the close of the contract's last session."""
    return _last_session(position.segment, position.expiry).closes


def closing_from(position: Position) -> datetime:
    """Return from when on the index's last value of the day counts as its closing value."""
    index = INDICES.get(position.index_name)
    exchange = index.spot_exchange if index else "NSE"
    return _last_session(exchange, position.expiry).closes - _LAST_VALUES


def is_closing_value(spot_at: datetime | None, position: Position) -> bool:
    since = closing_from(position)
    return spot_at is not None and spot_at.date() == since.date() and spot_at >= since


def intrinsic(position: Position, closing_value: Decimal) -> Decimal:
    """Return what the contract is worth at its end, for one unit."""
    gain = closing_value - position.strike if position.side == "CE" else position.strike - closing_value
    return max(gain, Decimal(0))


def _last_session(segment: str, expiry: date) -> TradingSession:
    """Return a contract's last session: that of the trading day before when its expiry turned out to be a holiday."""
    session = session_on(segment, expiry) or session_on(segment, previous_trading_day(segment, expiry))
    if session is None:
        raise AssertionError("a trading day has a session")
    return session
