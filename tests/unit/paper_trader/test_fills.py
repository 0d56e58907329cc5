"""Charges and profit to the paisa."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import IST
from oi_common.market.rulebook.charges import charges_on, to_paisa
from paper_trader.core.fills import entry, sale, settlement
from paper_trader.core.positions import Marks, Position
from paper_trader.core.quotes import FillPrice, Quote
from paper_trader.core.rules import Rules
from support.paper import EXPIRY, TEN, Paper, after, decision, tick


def position(price="100", *, lots=1, at=TEN, index="NIFTY", segment="NFO"):
    paid = Decimal(price)
    exchange = {"NFO": "NSE", "BFO": "BSE", "MCX": "MCX"}[segment]
    costs = charges_on(at.date(), exchange).cost("buy", lots * 65, paid)
    return Position(
        trade_id="t", index_name=index, segment=segment, expiry=EXPIRY, strike=24500, side="CE", lots=lots,
        lot_size=65, entered_at=at, entry_price=paid, entry_charges=to_paisa(costs.total), stop_loss=None,
        target=None, marks=Marks(Quote(at, paid), paid), tick_id="0-0", loop="minimal", engine="rules",
    )  # fmt: skip


def test_the_example_of_a_whole_round_trip_comes_out_to_the_paisa():
    # given: fills at exactly 100 and 110, by a book without a spread
    paper = Paper(Rules(trail_by=None))
    paper.ticks(tick(TEN, 100, 100, 100))

    # when
    [entered] = paper.decides(decision(target=110.0))
    paper.ticks(tick(after(5), 110, 110, 110))

    # then
    [_, exited] = paper.journal.published
    [fill] = paper.exits
    assert (entered.price, exited.price, exited.quantity) == (100, 110, 65)
    assert to_paisa(Decimal(str(entered.charges)) + Decimal(str(exited.charges))) == Decimal("63.86")
    assert (exited.pnl_gross, exited.pnl_net) == (650.0, 586.14)
    assert [round(item, 3) for item in (fill.cost.tax, fill.cost.brokerage, fill.cost.stamp)] == [
        Decimal("10.725"), 20, 0,
    ]  # fmt: skip
    assert paper.desk.book.cash == Decimal("100586.14")


@given(bought=st.integers(1, 40_000), sold=st.integers(1, 40_000), lots=st.integers(1, 40), own=st.booleans())
def test_both_fills_add_up_to_the_round_trip_as_the_rulebook_counts_it(bought, sold, lots, own):
    paid, got = bought * Decimal("0.05"), sold * Decimal("0.05")
    brokerage = Decimal("11.5") if own else None
    rates = charges_on(TEN.date(), "NSE", brokerage_per_order=brokerage)
    held = position(str(paid), lots=lots)
    opened = entry(held, "", brokerage)
    held = Position(
        **{name: getattr(held, name) for name in held.__struct_fields__} | {"entry_charges": opened.charges}
    )

    closed = sale(held, after(60), FillPrice(got, ""), "decision", brokerage)

    assert opened.charges + closed.charges == to_paisa(rates.round_trip(lots * 65, paid, got).total)
    assert closed.pnl_net == rates.net(lots * 65, paid, got) == opened.cash + closed.cash


def test_each_fill_is_charged_by_the_rules_of_its_own_day():
    # given: bought before the tax on sales rose, sold after
    held = position(at=datetime(2026, 3, 31, 15, 0, tzinfo=IST))

    sold = sale(
        held, datetime(2026, 4, 1, 9, 20, tzinfo=IST), FillPrice(Decimal(100), ""), "square_off", None
    )

    assert sold.cost.tax == Decimal("9.75")  # 0.15 % of 6,500, not 0.1 %


@pytest.mark.parametrize(("worth", "tax"), [("12.40", "1.209"), ("0", "0")])
def test_an_exercised_option_pays_the_tax_on_its_intrinsic_value_and_no_order(worth, tax):
    held = position()

    settled = settlement(held, after(0), Decimal(worth), Decimal("24512.40"), None)

    assert settled.cost.tax == Decimal(tax)
    assert settled.cost.total == settled.cost.tax
    assert settled.reason == "expiry"
    assert settled.pnl_net == settled.pnl_gross - held.entry_charges - settled.charges
