"""Premiums and Greeks agree with the definitions, with published values and with put-call parity."""

import csv
import gzip
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.black76 import greeks, norm_cdf, price
from support.reference import reference_data

forwards = st.floats(1_000.0, 100_000.0)
moneyness = st.floats(0.7, 1.3)
years = st.floats(1e-5, 2.0)
sigmas = st.floats(0.03, 1.2)
rates = st.floats(0.0, 0.12)


def test_the_normal_distribution_is_exact_to_fifteen_digits():
    x = np.linspace(-38.0, 38.0, 20_001)

    exact = [0.5 * math.erfc(-each / math.sqrt(2.0)) for each in x.tolist()]

    assert np.abs(norm_cdf(x) - exact).max() < 1e-15


@pytest.mark.parametrize("is_call", [True, False])
def test_a_premium_at_the_money_is_as_published(is_call):
    # Haug, Option Pricing Formulas (1998): an option on a future, F = K = 19, r = 10 %, 0.75 years, 28 %
    premium = float(price(19.0, 19.0, 0.75, 0.28, is_call=is_call, rate=0.10))

    assert premium == pytest.approx(1.7011, abs=5e-5)


def test_at_the_money_greeks_are_those_of_the_textbook_formulas():
    # d1 = 0.1, d2 = -0.1 for F = K = 100, one year, 20 %: n(0.1) = 0.39695255, N(0.1) = 0.53982784
    found = greeks(100.0, 100.0, 1.0, 0.2, is_call=True)

    assert float(found.delta) == pytest.approx(0.53982784, abs=1e-8)
    assert float(found.gamma) == pytest.approx(0.39695255 / 20.0, abs=1e-9)
    assert float(found.vega) == pytest.approx(0.39695255, abs=1e-8)
    assert float(found.theta) == pytest.approx(-100.0 * 0.39695255 * 0.2 / 2.0 / 365.0, abs=1e-9)


@given(forwards, moneyness, years, sigmas, rates)
def test_call_less_put_is_the_discounted_forward_less_strike(forward, share, term, sigma, rate):
    strike = forward * share

    call = price(forward, strike, term, sigma, is_call=True, rate=rate)
    put = price(forward, strike, term, sigma, is_call=False, rate=rate)

    assert float(call - put) == pytest.approx(math.exp(-rate * term) * (forward - strike), abs=1e-9 * forward)


@given(forwards, moneyness, years, sigmas, st.booleans())
def test_a_premium_lies_between_its_intrinsic_value_and_the_forward(forward, share, term, sigma, is_call):
    strike = forward * share

    premium = float(price(forward, strike, term, sigma, is_call=is_call))

    intrinsic = max(0.0, forward - strike if is_call else strike - forward)
    assert intrinsic - 1e-9 * forward <= premium <= max(forward, strike)


@given(forwards, st.floats(0.9, 1.1), st.floats(0.01, 1.0), st.floats(0.08, 0.6), st.booleans())
def test_greeks_are_the_slopes_of_the_premium(forward, share, term, sigma, is_call):
    strike, rate = forward * share, 0.065

    found = greeks(forward, strike, term, sigma, is_call=is_call, rate=rate)

    def premium(forward=forward, term=term, sigma=sigma):
        return float(price(forward, strike, term, sigma, is_call=is_call, rate=rate))

    bump, hour = forward * 1e-4, 1.0 / 24 / 365
    up, now, down = premium(forward + bump), premium(), premium(forward - bump)
    assert float(found.delta) == pytest.approx((up - down) / (2 * bump), abs=1e-4)
    assert float(found.gamma) * forward == pytest.approx((up - 2 * now + down) / bump**2 * forward, abs=2e-2)
    later, earlier = premium(term=term - hour), premium(term=term + hour)
    assert float(found.theta) == pytest.approx((later - earlier) / 2 * 24, abs=1e-6 * forward)
    dearer, cheaper = premium(sigma=sigma + 1e-4), premium(sigma=sigma - 1e-4)
    assert float(found.vega) == pytest.approx((dearer - cheaper) / 2e-4 / 100, abs=1e-5 * forward)


@pytest.mark.parametrize(("term", "sigma"), [(0.0, 0.2), (-1.0, 0.2), (0.5, 0.0)])
def test_without_time_or_volatility_only_the_intrinsic_value_is_left(term, sigma):
    strikes = np.array([90.0, 100.0, 110.0])

    premiums = price(100.0, strikes, term, sigma, is_call=True)
    found = greeks(100.0, strikes, term, sigma, is_call=True)

    assert premiums.tolist() == [10.0, 0.0, 0.0]
    assert found.delta[[0, 2]].tolist() == pytest.approx([1.0, 0.0])
    assert not found.gamma.any()
    assert not found.vega.any()


def test_scalars_and_arrays_give_the_same_premiums():
    strikes = np.array([24_000.0, 24_500.0, 25_000.0])
    is_call = np.array([True, False, True])

    together = price(24_600.0, strikes, 0.02, 0.13, is_call=is_call, rate=0.065)

    alone = [
        float(price(24_600.0, strike, 0.02, 0.13, is_call=call, rate=0.065))
        for strike, call in zip(strikes.tolist(), is_call.tolist(), strict=True)
    ]
    assert together.tolist() == pytest.approx(alone, rel=1e-13)


def test_premiums_and_greeks_agree_with_quantlib_on_a_grid():
    grid = reference_data("reference/black76_grid_quantlib_1.44.csv.gz")
    with gzip.open(grid, "rt") as file:
        rows = list(csv.DictReader(file))

    def column(name):
        return np.array([float(row[name]) for row in rows])

    is_call = np.array([row["type"] == "C" for row in rows])
    for rate in sorted(set(column("r").tolist())):
        of = column("r") == rate
        asked = [column(name)[of] for name in ("F", "K", "t", "vol")]
        premiums = price(*asked, is_call=is_call[of], rate=rate)
        found = greeks(*asked, is_call=is_call[of], rate=rate)

        assert premiums == pytest.approx(column("price")[of], abs=1e-8)
        assert found.delta == pytest.approx(column("delta_forward_discounted")[of], abs=1e-10)
        assert found.gamma == pytest.approx(column("gamma_forward_discounted")[of], abs=1e-10)
        assert found.vega * 100 == pytest.approx(column("vega_per_1.00_vol")[of], abs=1e-6)
