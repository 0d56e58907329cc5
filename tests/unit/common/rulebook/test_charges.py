"""Charges by date, to the paisa."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.rulebook.charges import Cost, charges_on, on_contract_note, to_paisa
from oi_common.market.rulebook.tables import NotInRulebook

NOVEMBER = date(2026, 11, 20)
days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
exchanges = st.sampled_from(["NSE", "BSE", "MCX"])
prices = st.decimals(Decimal("0.05"), 5000, places=2)
quantities = st.integers(1, 5000)


def percent(exchange, item, day):
    return getattr(charges_on(date.fromisoformat(day), exchange), item) * 100


@pytest.mark.parametrize(
    ("exchange", "item", "day", "expected"),
    [
        # cleartax.in/s/securities-transaction-tax-stt
        ("NSE", "tax_on_sale", "2024-09-30", "0.0625"),
        ("NSE", "tax_on_sale", "2024-10-01", "0.1"),
        ("NSE", "tax_on_sale", "2026-03-31", "0.1"),
        ("NSE", "tax_on_sale", "2026-04-01", "0.15"),
        ("BSE", "tax_on_sale", "2024-09-30", "0.0625"),
        ("BSE", "tax_on_sale", "2024-10-01", "0.1"),
        ("BSE", "tax_on_sale", "2026-03-31", "0.1"),
        ("BSE", "tax_on_sale", "2026-04-01", "0.15"),
        ("NSE", "tax_on_exercise", "2026-03-31", "0.125"),
        ("NSE", "tax_on_exercise", "2026-04-01", "0.15"),
        ("BSE", "tax_on_exercise", "2026-03-31", "0.125"),
        ("BSE", "tax_on_exercise", "2026-04-01", "0.15"),
        # hindustantimes.com of 27 Sep 2024; NSE with investor protection, which is not added twice
        ("NSE", "exchange_fee", "2024-09-30", "0.05"),
        ("NSE", "exchange_fee", "2024-10-01", "0.03553"),
        ("BSE", "exchange_fee", "2024-05-12", "0.0375"),
        ("BSE", "exchange_fee", "2024-05-13", "0.0495"),
        ("BSE", "exchange_fee", "2024-09-30", "0.0495"),
        ("BSE", "exchange_fee", "2024-10-01", "0.0325"),
        # shareindia.com
        ("NSE", "regulator_fee", "2026-11-20", "0.0001"),
        ("NSE", "stamp_on_purchase", "2026-11-20", "0.003"),
        ("NSE", "gst", "2026-11-20", "18"),
        # support.hdfcsky.com statutory commodity pricing
        ("MCX", "tax_on_sale", "2026-11-20", "0.05"),
        ("MCX", "exchange_fee", "2024-09-30", "0.05"),
        ("MCX", "exchange_fee", "2024-10-01", "0.0418"),
        ("MCX", "stamp_on_purchase", "2026-11-20", "0.003"),
    ],
)
def test_rates_by_date(exchange, item, day, expected):
    assert percent(exchange, item, day) == Decimal(expected)


def test_a_round_trip_in_nifty_costs_what_it_costs():
    charges = charges_on(NOVEMBER, "NSE")

    cost = charges.round_trip(65, Decimal(100), Decimal(110))

    assert cost == Cost(
        tax=Decimal("10.725"),
        exchange_fee=Decimal("4.849845"),
        regulator_fee=Decimal("0.01365"),
        stamp=Decimal("0.195"),
        brokerage=Decimal(40),
        gst=Decimal("8.0754291"),
    )
    assert to_paisa(cost.total) == Decimal("63.86")
    assert charges.net(65, Decimal(100), Decimal(110)) == Decimal("586.14")
    assert to_paisa(cost.total / 65) == Decimal("0.98")


def test_rounded_items_need_not_add_up_to_the_rounded_total():
    cost = charges_on(NOVEMBER, "NSE").round_trip(65, Decimal(100), Decimal(110))

    rounded = cost.rounded()

    assert [str(getattr(rounded, field.name)) for field in fields(rounded)] == [
        "10.73", "4.85", "0.01", "0.20", "40.00", "8.08",
    ]  # fmt: skip
    assert rounded.total == Decimal("63.87")


def test_a_contract_note_has_tax_and_stamp_to_the_rupee():
    cost = charges_on(NOVEMBER, "NSE").round_trip(65, Decimal(100), Decimal(110))

    noted = on_contract_note(cost)

    assert (noted.tax, noted.stamp, noted.gst) == (Decimal(11), Decimal(0), Decimal("8.08"))


def test_tax_is_on_the_sale_and_stamp_on_the_purchase():
    charges = charges_on(NOVEMBER, "BSE")

    bought = charges.cost("buy", 20, Decimal("250.5"))
    sold = charges.cost("sell", 20, Decimal("250.5"))

    assert (bought.tax, bought.stamp) == (0, Decimal("0.1503"))
    assert (sold.tax, sold.stamp) == (Decimal("7.515"), 0)
    assert bought.exchange_fee == sold.exchange_fee == Decimal("1.62825")


def test_an_exercise_is_taxed_on_what_the_option_is_worth():
    before = charges_on(date(2026, 3, 31), "NSE").cost_of_exercise(65, Decimal(200))
    after = charges_on(date(2026, 4, 1), "NSE").cost_of_exercise(65, Decimal(200))

    assert (before.total, after.total) == (Decimal("16.25"), Decimal("19.5"))


def test_the_tax_on_exercise_of_a_commodity_is_not_known():
    with pytest.raises(NotInRulebook, match="tax on exercise"):
        charges_on(NOVEMBER, "MCX").cost_of_exercise(10, Decimal(5))


def test_brokerage_is_twenty_rupees_an_order_unless_a_person_says_otherwise():  # Angel One's price list
    usual = charges_on(NOVEMBER, "NSE")
    own = charges_on(NOVEMBER, "NSE", brokerage_per_order=Decimal(0))

    costs = [each.cost("buy", 65, Decimal(100)) for each in (usual, own)]

    assert [cost.brokerage for cost in costs] == [20, 0]
    assert costs[0].gst - costs[1].gst == Decimal("3.6")


def test_an_exchange_that_is_not_there_is_an_error():
    with pytest.raises(NotInRulebook, match="knows no"):
        charges_on(NOVEMBER, "NFO")


@given(days, exchanges, quantities, prices, prices)
def test_a_round_trip_is_its_two_legs_and_always_costs_something(day, exchange, quantity, bought, sold):
    charges = charges_on(day, exchange)

    both = charges.round_trip(quantity, bought, sold)

    legs = charges.cost("buy", quantity, bought).total + charges.cost("sell", quantity, sold).total
    assert both.total == legs > 0
    assert abs(charges.net(quantity, bought, sold) - (quantity * (sold - bought) - both.total)) <= Decimal(
        "0.005"
    )
