"""The smile leans towards the puts, is smooth and gives sensible prices."""

import numpy as np

from oi_common.market.black76 import price
from simulator.core.smile import at_the_money, smile

FORWARD = 26_000.0
STRIKES = np.arange(23_000.0, 29_050.0, 50.0)


def volatilities(years, *, is_index=True):
    at_money = at_the_money(np.array(0.13), np.array(years))
    return smile(np.log(STRIKES / FORWARD), at_money, np.array(years), is_index=is_index)


def test_puts_are_dearer_than_calls_as_far_from_the_money():
    sigma = volatilities(20 / 365)

    below, above = sigma[STRIKES == 25_000.0], sigma[STRIKES == 27_000.0]
    assert below > above > 0.0


def test_the_money_of_a_month_has_the_months_volatility():
    assert at_the_money(np.array(0.13), np.array(30 / 365)) == 0.13


def test_longer_terms_have_more_volatility_at_the_money():
    terms = at_the_money(np.full(3, 0.13), np.array([2, 10, 60]) / 365)

    assert (np.diff(terms) > 0).all()


def test_premiums_fall_along_the_strikes_and_are_convex():
    for days in (0.05, 1.0, 4.0, 30.0, 65.0):
        years = np.array(days / 365)
        calls = price(FORWARD, STRIKES, years, volatilities(years), is_call=True)

        assert (np.diff(calls) <= 1e-9).all(), days
        # a butterfly may cost less than nothing only where the smile flattens, and then under a tick
        assert np.diff(calls, 2).min() > -0.05


def test_a_commoditys_smile_leans_the_other_way():
    sigma = volatilities(20 / 365, is_index=False)

    assert sigma[STRIKES == 27_000.0] > sigma[STRIKES == 25_000.0] * 0.99
