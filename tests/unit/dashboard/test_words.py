from datetime import timedelta

import pytest

from dashboard.core import words

WRITERS = (
    words.units,
    words.exact,
    words.price,
    words.premium,
    words.number,
    words.percent,
    words.verdict,
    words.build_up,
    words.plain,
    words.clock,
    words.age,
)


@pytest.mark.parametrize("write", WRITERS)
def test_the_unknown_is_a_dash_and_never_a_number(write):
    assert write(None) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.00 K"),
        (99_999, "100 K"),
        (123_450, "1.23 L"),
        (1_234_500, "12.3 L"),
        (12_345_000, "1.23 Cr"),
        (-65_000, "-65.0 K"),
    ],
)
def test_units_are_written_in_lakhs_and_crores(value, said):
    assert words.units(value) == said


def test_a_change_carries_its_sign_and_none_at_all_is_0():
    assert words.units(65_000, signed=True) == "+65.0 K"
    assert words.units(-5, signed=True) == "-5"
    assert words.units(0, signed=True) == "0"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (650, "650"),
        (1_234, "1,234"),
        (123_456, "1,23,456"),
        (1_23_45_678, "1,23,45,678"),
        (-6_500, "-6,500"),
    ],
)
def test_exact_numbers_are_grouped_as_in_india(value, said):
    assert words.exact(value) == said


def test_prices_keep_their_paise_and_small_losses_are_no_minus_zero():
    assert words.price(123_456.755) in {"1,23,456.75", "1,23,456.76"}
    assert words.price(-0.001, signed=True) == "0.00"
    assert words.price(12.5, signed=True) == "+12.50"


def test_a_premium_fits_six_characters():
    assert [words.premium(value) for value in (0.05, 999.99, 1234.56, 12_345.6)] == [
        "0.05",
        "999.99",
        "1234.6",
        "12346",
    ]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (3 * 86400, "3 days"),
        (-5, "0 s"),
    ],
)
def test_an_age_is_written_in_what_a_person_counts_in(length, said):
    assert words.age(timedelta(seconds=length)) == said


def test_words_of_ours_are_shortened():
    assert words.verdict("Moderate Bullish") == "Mod Bull"
    assert words.build_up("long_unwinding") == "LU"
    assert words.build_up("neutral") == "="
    assert words.direction("STRONGLY_BEARISH") == "Strong bear"
    assert words.direction("INSUFFICIENT_DATA") == "Unclear"
    assert words.leaning("Mildly bearish") == "down"
    assert words.leaning(None) == "flat"
