"""What the ticks say of one contract, and what one could have bought and sold it for."""

from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

import msgspec

from oi_common.events import TickReceived
from paper_trader.core.rules import Rules


class Quote(msgspec.Struct, frozen=True):
    """The last tick of a contract. `at` is the exchange's time; None is a side on which nobody is."""

    at: datetime
    ltp: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None

    @classmethod
    def of(cls, tick: TickReceived) -> "Quote":
        return cls(tick.exchange_time, _exact(tick.ltp), _side(tick.bid), _side(tick.ask))


class FillPrice(NamedTuple):
    """A price to the tick, and how it was come to."""

    price: Decimal
    note: str


class _Basis(NamedTuple):
    price: Decimal
    slips: Decimal
    note: str


def bought(quote: Quote, at: datetime, rules: Rules, tick: Decimal) -> FillPrice:
    """Return what a market order to buy would have paid, rounded up to the tick."""
    basis = _basis(quote, "ask", at, rules)
    return FillPrice(_rounded(basis.price + basis.slips, tick, ROUND_CEILING), basis.note)


def sold(quote: Quote, at: datetime, rules: Rules, tick: Decimal) -> FillPrice:
    """Return what a market order to sell would have got, rounded down to the tick and at least one tick."""
    basis = _basis(quote, "bid", at, rules)
    return FillPrice(max(tick, _rounded(basis.price - basis.slips, tick, ROUND_FLOOR)), basis.note)


def is_fresh(quote: Quote, at: datetime, rules: Rules) -> bool:
    return at - quote.at <= rules.quote_age


def _basis(quote: Quote, side: str, at: datetime, rules: Rules) -> _Basis:
    """Return the far side of the book and the share of the spread it slips; without a book the last price."""
    penalty = f"{_percent(rules.penalty)} for it"
    if not is_fresh(quote, at, rules):
        age = int((at - quote.at).total_seconds())
        said = f"the book is {age} s old: last price {quote.ltp:.2f} and {penalty}"
        return _Basis(quote.ltp, quote.ltp * rules.penalty, said)
    price = quote.ask if side == "ask" else quote.bid
    if price is None or _is_crossed(quote):
        return _Basis(
            quote.ltp, quote.ltp * rules.penalty, f"no {side}: last price {quote.ltp:.2f} and {penalty}"
        )
    if quote.bid is None or quote.ask is None:
        return _Basis(price, price * rules.penalty, f"one-sided book: {side} {price:.2f} and {penalty}")
    slips = (quote.ask - quote.bid) * rules.slippage
    return _Basis(price, slips, f"{side} {price:.2f} and {_percent(rules.slippage)} of the spread")


def _is_crossed(quote: Quote) -> bool:
    return quote.bid is not None and quote.ask is not None and quote.bid > quote.ask


def _rounded(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding) * tick


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _exact(price: float) -> Decimal:
    return Decimal(str(price))


def _side(price: float | None) -> Decimal | None:
    return _exact(price) if price else None
