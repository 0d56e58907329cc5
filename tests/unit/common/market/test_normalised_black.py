"""The formula without units and its inverse hold to the last digits, wherever they are asked."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.normalised_black import deviation, first_guess, scaled_tail, value_and_slope

distances = st.one_of(st.just(0.0), st.floats(1e-9, 3.0))
deviations = st.floats(1e-3, 4.0)


def one(value):
    return np.array([value])


def test_the_scaled_tail_is_exact_to_fifteen_digits():
    u = np.linspace(0.0, 12.0, 20_001)

    exact = [0.5 * math.erfc(each / math.sqrt(2.0)) for each in u.tolist()]

    # what is beyond 2e-15 is the rounding of the exponent that the comparison needs
    assert (np.abs(scaled_tail(u) * np.exp(-0.5 * u * u) / exact - 1.0) <= 2e-15 + 4e-16 * u * u).all()


def test_far_out_the_scaled_tail_is_that_of_the_asymptotic_series():
    u = np.array([100.0, 1e4, 1e8])

    series = (1.0 - 1.0 / u**2 + 3.0 / u**4 - 15.0 / u**6 + 105.0 / u**8) / (u * math.sqrt(2.0 * math.pi))

    assert np.abs(scaled_tail(u) / series - 1.0).max() < 2e-15


def test_at_the_money_the_value_is_that_of_the_distribution_function():
    value, slope = value_and_slope(one(0.0), one(0.2))

    assert abs(value[0] - 0.0796556745541) < 1e-13
    assert abs(slope[0] - math.exp(-0.005) / math.sqrt(2.0 * math.pi)) < 1e-16


@settings(deadline=None)
@given(distances, deviations)
def test_the_slope_is_that_of_the_value(distance, s):
    bump = 1e-5 * s

    up, down = (value_and_slope(one(distance), one(s + each))[0][0] for each in (bump, -bump))
    _, slope = value_and_slope(one(distance), one(s))

    assert abs((up - down) / (2.0 * bump) - slope[0]) < 1e-6


@settings(deadline=None)
@given(distances, deviations, deviations)
def test_the_value_grows_with_the_deviation(distance, one_s, another):
    less, more = sorted((one_s, another))

    low, high = (value_and_slope(one(distance), one(each))[0][0] for each in (less, more))

    assert 0.0 <= low <= high + 1e-15
    assert high <= math.exp(-0.5 * distance)


@settings(deadline=None)
@given(distances, deviations)
def test_the_inverse_gives_the_value_back(distance, s):
    value, _ = value_and_slope(one(distance), one(s))
    value = np.maximum(value, 1e-14)

    found, miss = deviation(value, one(distance), one(2e-15))

    assert miss[0] <= 2e-15
    assert abs(value_and_slope(one(distance), found)[0][0] - value[0]) <= 2e-15


def test_the_first_guess_needs_one_step_for_what_an_exchange_lists():
    distance, s = np.meshgrid(np.linspace(0.0, 0.2, 41), np.linspace(0.01, 0.3, 30))
    value, _ = value_and_slope(distance, s)
    told = value > 2e-6

    with np.errstate(all="ignore"):
        guess = first_guess(value, distance)

    assert told.sum() > 1000
    assert np.abs(guess[told] / s[told] - 1.0).max() < 2e-6
