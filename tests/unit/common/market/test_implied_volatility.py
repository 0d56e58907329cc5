"""A volatility is told where the premium says it, and a reason everywhere else."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oi_common.market.black76 import price
from oi_common.market.implied_volatility import REASONS, TICK, implied_volatility

forwards = st.floats(1_000.0, 100_000.0)
shares = st.floats(0.7, 1.3)
terms = st.floats(2e-6, 2.0)
sigmas = st.floats(0.03, 3.0)
anything = arrays(np.float64, 30, elements=st.floats(allow_nan=True, allow_infinity=True))
hostile = arrays(
    np.float64,
    30,
    elements=st.sampled_from(
        [np.nan, np.inf, -np.inf, 0.0, -1.0, 5e-324, 1e-9, 0.05, 1.0, 99.0, 100.0, 24_000.0, 1e150, 1.7e308]
    ),
)


def told(premium, forward, strike, years, *, is_call, rate=0.0, tick=TICK):
    """Return the volatility and the reason of one option."""
    found = implied_volatility(premium, forward, strike, years, is_call=is_call, rate=rate, tick=tick)
    return float(found.sigma), REASONS[int(found.reason)]


def time_value(forward, strike, years, sigma, rate=0.0):
    return float(price(forward, strike, years, sigma, is_call=forward <= strike, rate=rate))


@pytest.mark.parametrize(
    ("premium", "forward", "strike", "years", "is_call", "reason"),
    [
        (0.0, 100.0, 100.0, 1.0, True, "no_premium"),
        (np.nan, 100.0, 100.0, 1.0, True, "no_premium"),
        (np.inf, 100.0, 100.0, 1.0, True, "no_premium"),
        (5.0, np.nan, 100.0, 1.0, True, "no_forward"),
        (5.0, 0.0, 100.0, 1.0, True, "no_forward"),
        (5.0, 100.0, 0.0, 1.0, True, "no_strike"),
        (5.0, 100.0, 100.0, 0.0, True, "expired"),
        (5.0, 100.0, 100.0, -1.0, True, "expired"),
        (9.9, 100.0, 90.0, 1.0, True, "below_intrinsic"),
        (9.9, 90.0, 100.0, 1.0, False, "below_intrinsic"),
        (10.0, 100.0, 90.0, 1.0, True, "no_time_value"),
        (10.04, 100.0, 90.0, 1.0, True, "no_time_value"),
        (0.04, 90.0, 100.0, 1.0, True, "no_time_value"),
        (100.0, 100.0, 90.0, 1.0, True, "above_bound"),
        (90.0, 100.0, 90.0, 1.0, False, "above_bound"),
    ],
)
def test_where_there_is_no_volatility_there_is_a_reason(premium, forward, strike, years, is_call, reason):
    sigma, why = told(premium, forward, strike, years, is_call=is_call)

    assert np.isnan(sigma)
    assert why == reason


def test_a_reason_fits_its_column():
    assert max(len(reason) for reason in REASONS if reason) <= 20


def test_one_tick_of_time_value_is_enough_although_it_rounds_below_a_tick():
    assert 100.05 - 100.0 - TICK < 0.0

    sigma, reason = told(100.05, 24_100.0, 24_000.0, 0.01, is_call=True)

    assert reason is None
    assert float(price(24_100.0, 24_000.0, 0.01, sigma, is_call=True)) == pytest.approx(100.05, abs=1e-10)


def test_the_hand_worked_premium_gives_twenty_percent():
    sigma, _ = told(7.96556745541, 100.0, 100.0, 1.0, is_call=True)

    assert sigma == pytest.approx(0.2, abs=1e-12)


@settings(deadline=None)
@given(forwards, shares, terms, sigmas, st.booleans(), st.sampled_from([0.0, 0.065]))
def test_a_premium_with_a_tick_of_time_value_round_trips(forward, share, years, sigma, is_call, rate):
    strike = forward * share
    assume(time_value(forward, strike, years, sigma, rate) >= TICK)
    premium = float(price(forward, strike, years, sigma, is_call=is_call, rate=rate))

    found, reason = told(premium, forward, strike, years, is_call=is_call, rate=rate)

    assume(reason != "above_bound")  # of a volatility that is worth all of the forward
    assert reason is None
    assert abs(float(price(forward, strike, years, found, is_call=is_call, rate=rate)) - premium) <= 2e-10


@settings(deadline=None)
@given(forwards, shares, st.floats(1e-4, 0.25), st.floats(0.05, 1.0), st.sampled_from([0.0, 0.065]))
def test_call_and_put_of_a_strike_imply_the_same_volatility(forward, share, years, sigma, rate):
    strike = forward * share
    assume(time_value(forward, strike, years, sigma, rate) >= 1.01 * TICK)

    found = [
        told(
            float(price(forward, strike, years, sigma, is_call=is_call, rate=rate)),
            forward, strike, years, is_call=is_call, rate=rate,
        )[0]
        for is_call in (True, False)
    ]  # fmt: skip

    assert found == pytest.approx([sigma, sigma], abs=1e-9)


@settings(deadline=None)
@given(forwards, shares, st.floats(1e-4, 1.0), st.booleans(), st.data())
def test_a_dearer_premium_implies_a_higher_volatility(forward, share, years, is_call, data):
    strike = forward * share
    intrinsic = max(forward - strike if is_call else strike - forward, 0.0)
    of_bound = st.floats(1e-3, 0.9)
    cheap, dear = sorted((data.draw(of_bound), data.draw(of_bound)))
    assume(dear > cheap * 1.0001)

    low, high = (
        told(intrinsic + each * min(forward, strike), forward, strike, years, is_call=is_call)[0]
        for each in (cheap, dear)
    )

    assert low < high


@settings(deadline=None)
@given(forwards, shares, st.floats(1e-4, 1.0), st.floats(0.05, 1.0), st.booleans(), st.floats(0.01, 100.0))
def test_a_volatility_does_not_depend_on_the_unit_of_money(forward, share, years, sigma, is_call, unit):
    strike = forward * share
    assume(time_value(forward, strike, years, sigma) >= 1.01 * TICK)
    premium = float(price(forward, strike, years, sigma, is_call=is_call))

    plain, _ = told(premium, forward, strike, years, is_call=is_call)
    scaled, _ = told(premium * unit, forward * unit, strike * unit, years, is_call=is_call, tick=TICK * unit)

    assert scaled == pytest.approx(plain, abs=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tick", [TICK, 0.0])
@settings(deadline=None)
@given(
    premium=hostile | anything, forward=hostile, strike=hostile | anything, years=hostile, rate=st.floats()
)
def test_no_number_raises_and_none_is_made_up(tick, premium, forward, strike, years, rate):
    is_call = np.arange(30) % 2 == 0

    found = implied_volatility(premium, forward, strike, years, is_call=is_call, rate=rate, tick=tick)

    is_told = found.reason == 0
    assert (np.isfinite(found.sigma) == is_told).all()
    assert (found.sigma[is_told] > 0.0).all()


def test_hundred_thousand_odd_options_round_trip_or_have_a_reason():
    random = np.random.default_rng(7)
    count = 100_000
    forward = np.exp(random.uniform(5.0, 12.0, count))
    strike = forward * np.exp(
        random.normal(0.0, 0.5, count) * random.choice([0.0, 1e-9, 1e-3, 0.1, 1.0, 4.0], count)
    )
    share = random.random(count) ** random.choice([1, 3, 30], count)
    share = np.where(random.random(count) < 0.3, 1.0 - share, share)  # near the bound, too
    is_call = random.random(count) < 0.5
    premium = share * np.minimum(forward, strike)
    premium += np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)
    years = np.exp(random.uniform(-13.0, 2.0, count))

    found = implied_volatility(premium, forward, strike, years, is_call=is_call)

    is_told = found.reason == 0
    assert is_told.mean() > 0.5
    assert not (found.reason == REASONS.index("not_converged")).any()
    with np.errstate(all="ignore"):
        back = price(forward, strike, years, np.where(is_told, found.sigma, 1.0), is_call=is_call)
    miss = np.abs(back - premium)[is_told] / (forward + strike)[is_told]
    assert miss.max() < 4e-15


def test_scalars_rows_and_tables_of_options_keep_their_shape():
    strikes = np.array([[24_000.0, 24_500.0], [25_000.0, 25_500.0]])
    premiums = price(24_600.0, strikes, 0.02, 0.13, is_call=True)

    table = implied_volatility(premiums, 24_600.0, strikes, 0.02, is_call=True)
    nothing = implied_volatility(np.empty(0), 24_600.0, np.empty(0), 0.02, is_call=True)

    assert table.sigma == pytest.approx(np.full((2, 2), 0.13), abs=1e-9)
    assert table.reason.shape == (2, 2)
    assert nothing.sigma.shape == (0,)
