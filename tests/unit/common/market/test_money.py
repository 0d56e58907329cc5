"""The strike at the money, the straddle, the implied move, the synthetic future."""

import numpy as np
import pytest

from oi_common.market import money
from oi_common.market.money import Straddle

STRIKES = np.array([24450.0, 24500.0, 24550.0])
CALLS = np.array([150.0, 120.50, np.nan])
PUTS = np.array([90.0, 110.25, 140.0])
NAN = float("nan")


def test_the_money_is_the_nearest_strike_by_spot_or_by_the_forward():
    assert money.nearest_strike(STRIKES, 24_474.0) == 24450
    assert money.nearest_strike(STRIKES, 24_481.0) == 24500
    assert money.nearest_strike(STRIKES, 24_475.0) == 24450


@pytest.mark.parametrize("level", [None, NAN])
def test_nothing_is_at_the_money_without_a_level_or_without_strikes(level):
    assert money.nearest_strike(STRIKES, level) is None
    assert money.nearest_row(np.array([]), 24_500.0) is None


def test_a_rolling_straddle_is_at_the_strike_nearest_the_level():
    assert money.rolling_straddle(STRIKES, CALLS, PUTS, 24_490.0) == Straddle(24500, 230.75, "rolling")


def test_a_fixed_straddle_stays_at_its_strike_and_nowhere_else():
    assert money.fixed_straddle(STRIKES, CALLS, PUTS, 24450) == Straddle(24450, 240.0, "fixed")
    assert money.fixed_straddle(STRIKES, CALLS, PUTS, 24451) is None
    assert money.fixed_straddle(STRIKES, CALLS, PUTS, None) is None


@pytest.mark.parametrize("premium", [NAN, 0.0, -1.0])
def test_a_straddle_with_an_unpriced_leg_is_none(premium):
    assert money.rolling_straddle(STRIKES, np.full(3, premium), PUTS, 24_490.0) is None
    assert money.rolling_straddle(STRIKES, CALLS, np.full(3, premium), 24_490.0) is None


def test_the_points_at_which_a_rolling_straddle_changes_its_strike_are_marked():
    assert money.roll_points([None, 24500, None, 24500, 24550, 24550]) == [False] * 4 + [True, False]
    assert money.roll_points([]) == []


def test_the_implied_move_is_the_straddle_in_percent_of_spot():
    straddle = Straddle(24500, 230.75, "rolling")

    assert money.implied_move(straddle, 24_490.0) == pytest.approx(0.942221, abs=1e-6)


@pytest.mark.parametrize("spot", [None, 0.0, NAN])
def test_no_move_is_implied_without_a_straddle_or_a_spot(spot):
    assert money.implied_move(Straddle(24500, 230.75, "rolling"), spot) is None
    assert money.implied_move(None, 24_490.0) is None


def test_a_call_less_a_put_is_a_future():
    assert money.synthetic_future(24_500, 120.50, 110.25) == 24_510.25
    assert money.synthetic_future(24_500, 120.50, 110.25, growth=2.0) == 24_520.5
    assert money.synthetic_future(24_500, None, 110.25) is None
    assert money.synthetic_future(24_500, 120.50, 0.0) is None
    assert money.synthetic_future(None, 120.50, 110.25) is None
