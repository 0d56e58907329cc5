"""What is known of a chain, and how its values are written for a person."""

from datetime import timedelta

import pytest

from oi_cli.chain import words
from oi_cli.chain.view import Leg, around_the_money
from support.chain_views import NOW, leg, row, view


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (words.lakhs(1_234_500), "12.35"),
        (words.lakhs(-50_000, signed=True), "-0.50"),
        (words.lakhs(None, signed=True), words.DASH),
        (words.in_units_of(1_234_500, words.LAKH), "12.3"),
        (words.in_units_of(0, words.LAKH), "0.0"),
        (words.in_units_of(99_996_000, words.LAKH), "1000"),
        (words.in_units_of(None, words.LAKH), words.DASH),
        (words.rupees(0.0), "0.00"),
        (words.rupees(None), words.DASH),
        (words.price(0.05), "0.05"),
        (words.price(999.95), "999.95"),
        (words.price(1234.55), "1234.5"),
        (words.price(12345.55), "12346"),
        (words.price(None), words.DASH),
        (words.percent(0.0), "0.0"),
        (words.percent(-0.04), "0.0"),
        (words.percent(-3.14), "-3.1"),
        (words.percent(99.96), "+100"),
        (words.percent(1000.0), ">+999"),
        (words.percent(-1000.0), "<-999"),
        (words.percent(None), words.DASH),
        (words.theta(-12.34), "-12.3"),
        (words.theta(-1234.5), "-1234"),
        (words.theta(None), words.DASH),
        (words.number(None), words.DASH),
        (words.verdict("Strong Bearish"), "Strong Bear"),
        (words.verdict("Moderate Bullish", is_shortest=True), "▲ Mod"),
        (words.verdict("Strong Bearish", is_shortest=True), "▼ Strong"),
        (words.verdict("Breakout", is_shortest=True), "Breakout"),
        (words.verdict("Neutral"), "Neutral"),
        (words.verdict(None), words.DASH),
        (words.written_age(None), words.DASH),
        (words.written_age(timedelta(seconds=119)), "119 s"),
        (words.written_age(timedelta(minutes=5)), "5 min"),
    ],
)
def test_values_are_short_and_the_unknown_is_a_dash_and_zero_is_zero(written, text):
    assert written == text


def test_previous_is_current_less_change_and_unknown_where_either_is():
    assert leg().previous_oi == 13_500_000
    assert leg().previous_close == 104.75
    assert leg(close=0.3, close_change=0.1).previous_close == 0.2
    assert leg(oi_change=None, close=None).previous_oi is None
    assert leg(oi_change=None, close=None).previous_close is None
    assert leg(oi=75, oi_change=75).previous_oi == 0


def test_the_money_stands_in_the_middle_of_what_fits():
    rows = [row(strike) for strike in range(100, 200, 10)]

    assert [r.strike for r in around_the_money(rows, 150, 5)] == [130, 140, 150, 160, 170]
    assert [r.strike for r in around_the_money(rows, 100, 3)] == [100, 110, 120]
    assert [r.strike for r in around_the_money(rows, 190, 3)] == [170, 180, 190]
    assert len(around_the_money(rows, None, 50)) == 10


def test_bars_are_drawn_to_the_largest_oi():
    assert words.bar(100, 100, 4) == "████"
    assert words.bar(50, 100, 4) == "██"
    assert words.bar(1, 1000, 4) == "▏"
    assert words.bar(None, 100, 4) == words.bar(0, 100, 4) == words.bar(-5, 100, 4) == ""


def test_a_strike_has_changed_when_a_side_of_it_has():
    still = leg(oi_change=0)

    assert view(row(1), row(2, ce=still), row(3, ce=still, pe=still), row(4, ce=Leg(), pe=Leg())).changed == 2


def test_the_age_is_unknown_without_a_moment_and_never_negative():
    assert view().age == timedelta(seconds=5)
    assert view(now=None).age is None
    assert view(spot_at=None).age is None
    assert view(spot_at=NOW + timedelta(seconds=9)).age == timedelta(0)
