"""What an order would have paid and got."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_trader.core.quotes import Quote, bought, sold
from paper_trader.core.rules import Rules
from support.paper import TEN, after

TICK = Decimal("0.05")
RULES = Rules()


def quote(ltp, bid, ask):
    return Quote(TEN, *(None if price is None else Decimal(price) for price in (ltp, bid, ask)))


@pytest.mark.parametrize(
    ("ltp", "bid", "ask", "buys", "sells"),
    [
        ("100", "99.50", "100.50", "100.60", "99.40"),  # a tenth of the spread beyond the far side
        ("100", "99.95", "100.05", "100.10", "99.90"),  # rounded to the tick, against us
        ("100", "100", "100", "100.00", "100.00"),  # no spread, no slippage
        ("100", None, None, "100.50", "99.50"),  # no book: half a percent of the last price
        ("100", "101", "99", "100.50", "99.50"),  # a crossed book is none
        ("100", None, "102", "102.55", "99.50"),  # nobody buys
        ("100", "98", None, "100.50", "97.50"),  # nobody sells
        ("0.05", "0.05", "0.10", "0.15", "0.05"),  # at least one tick is got
    ],
)
def test_an_order_fills_at_the_far_side_and_slips_a_share_of_the_spread(ltp, bid, ask, buys, sells):
    book = quote(ltp, bid, ask)

    assert bought(book, TEN, RULES, TICK).price == Decimal(buys)
    assert sold(book, TEN, RULES, TICK).price == Decimal(sells)


@pytest.mark.parametrize(
    ("bid", "ask", "at", "says"),
    [
        ("99", "101", TEN, "bid 99.00 and 10 % of the spread"),
        (None, None, TEN, "no bid: last price 100.00 and 0.5 % for it"),
        ("99", None, TEN, "one-sided book: bid 99.00 and 0.5 % for it"),
        ("99", "101", after(16), "the book is 16 s old: last price 100.00 and 0.5 % for it"),
    ],
)
def test_a_fill_says_how_its_price_was_come_to(bid, ask, at, says):
    assert sold(quote("100", bid, ask), at, RULES, TICK).note == says


@given(
    ltp=st.integers(1, 20_000),
    bid=st.none() | st.integers(1, 20_000),
    ask=st.none() | st.integers(1, 20_000),
    age=st.integers(0, 60),
)
def test_prices_lie_on_the_tick_and_a_round_trip_at_one_moment_never_gains(ltp, bid, ask, age):
    book = Quote(TEN, ltp * TICK, *(None if side is None else side * TICK for side in (bid, ask)))

    buys, sells = (order(book, after(age), RULES, TICK).price for order in (bought, sold))

    assert buys % TICK == sells % TICK == 0
    assert sells >= TICK
    # Where the two sides rest on different things, as the last price and a bid above it, nothing is promised.
    if (bid is None) == (ask is None) or age > 15:
        assert buys >= sells
