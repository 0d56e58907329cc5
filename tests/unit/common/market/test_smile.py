"""The smile, IV at the money, and the 25-delta risk reversal."""

import numpy as np
import pytest

from oi_common.market import black76
from oi_common.market.smile import atm_iv, risk_reversal_25, smile

NAN = np.nan
STRIKES = np.array([90.0, 100.0, 110.0])
CALLS = np.array([15.0, 12.0, 11.0])
PUTS = np.array([16.0, 13.0, 14.0])


def test_the_smile_is_of_the_legs_out_of_the_money():
    assert smile(STRIKES, CALLS, PUTS, 100.0).tolist() == [16, 12.5, 11]
    assert smile(STRIKES, CALLS, PUTS, 105.0).tolist() == [16, 13, 11]
    assert np.isnan(smile(STRIKES, CALLS, PUTS, None)).all()


def test_at_the_forward_the_leg_that_is_known_speaks_for_both():
    assert smile(STRIKES, np.array([NAN, NAN, NAN]), PUTS, 100.0)[1] == 13
    assert smile(STRIKES, CALLS, np.array([NAN, NAN, NAN]), 100.0)[1] == 12


def test_iv_at_the_money_is_interpolated_between_the_legs_around_the_forward():
    strikes = np.array([24500.0, 24550.0])

    found = atm_iv(strikes, np.array([99.0, 11.5]), np.array([12.0, 99.0]), 24_520.0)

    assert found == pytest.approx(11.8)
    assert atm_iv(STRIKES, CALLS, PUTS, 100.0) == 12.5


def test_where_a_leg_around_the_forward_is_unknown_both_legs_of_the_nearest_strike_stand_in():
    puts_unknown_at_110 = np.array([16.0, 13.0, NAN])
    calls_unknown_at_110 = np.array([15.0, 12.0, NAN])

    assert atm_iv(STRIKES, calls_unknown_at_110, PUTS, 104.0) == 12.5
    assert atm_iv(STRIKES, calls_unknown_at_110, puts_unknown_at_110, 106.0) is None


@pytest.mark.parametrize("forward", [None, NAN, 89.0, 111.0])
def test_no_iv_is_at_the_money_without_a_forward_among_the_strikes(forward):
    assert atm_iv(STRIKES, CALLS, PUTS, forward) is None
    assert atm_iv(np.array([]), np.array([]), np.array([]), 100.0) is None


def test_the_risk_reversal_is_put_less_call_at_a_quarter_of_delta():
    put_iv, put_delta = np.array([14.0, 13.0]), np.array([-0.20, -0.30])
    call_iv, call_delta = np.array([11.0, NAN]), np.array([0.25, 0.10])

    assert risk_reversal_25(call_iv, call_delta, put_iv, put_delta) == pytest.approx(2.5)


@pytest.mark.parametrize("delta", [(0.3, 0.4), (0.1, 0.2), (0.1, 0.8), (NAN, 0.25), (0.25, NAN)])
def test_a_wing_that_does_not_reach_has_no_risk_reversal(delta):
    reaching = np.array([0.2, 0.3])
    iv = np.array([NAN, 12.0]) if delta[0] == 0.25 else np.array([12.0, NAN if delta[1] == 0.25 else 12.0])

    assert risk_reversal_25(iv, np.array(delta), np.array([14.0, 13.0]), -reaching) is None
    assert risk_reversal_25(np.array([14.0, 13.0]), reaching, iv, -np.array(delta)) is None


def test_a_flat_smile_has_no_skew_and_the_same_iv_everywhere():
    strikes = np.arange(20_000.0, 30_001.0, 50.0)
    flat = np.full(len(strikes), 14.0)
    call, put = (black76.greeks(25_013.0, strikes, 0.08, 0.14, is_call=is_call) for is_call in (True, False))

    assert risk_reversal_25(flat, call.delta, flat, put.delta) == pytest.approx(0.0)
    assert atm_iv(strikes, flat, flat, 25_013.0) == pytest.approx(14.0)


def test_of_a_slanted_smile_the_risk_reversal_is_that_of_the_exact_deltas():
    strikes = np.arange(20_000.0, 30_001.0, 50.0)
    iv = 14.0 - (strikes - 25_000.0) / 1000.0
    call, put = (black76.greeks(25_000.0, strikes, 0.08, iv / 100, is_call=side) for side in (True, False))

    found = risk_reversal_25(iv, call.delta, iv, put.delta)

    of_put = strikes[np.argmin(np.abs(put.delta + 0.25))]
    of_call = strikes[np.argmin(np.abs(call.delta - 0.25))]
    assert found == pytest.approx((of_call - of_put) / 1000.0, abs=0.05)  # a strike's step is 0.05 points
