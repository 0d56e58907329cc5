"""No chain, however broken, makes a measure raise or warn, or gives a number that is none."""

import warnings
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market import exposure, money, pain, ratios, smile, walls
from oi_common.market.arrays import at
from oi_common.market.option_chain import Legs, OptionChain

NAN = np.nan
LEVELS = [None, NAN, 0.0, -1.0, 1e-9, 100.0, 24_512.5, 1e9]


def finite(value):
    return value is None or isinstance(value, str) or np.isfinite(value)


def measured(chain, of_calls, of_puts, level, years):
    """Run every measure; the arrays stand for changes, premiums, gammas, IV and deltas alike."""
    straddle = money.rolling_straddle(chain.strikes, of_calls, of_puts, level)
    fixed = money.fixed_straddle(chain.strikes, of_calls, of_puts, level)
    by_strike = exposure.gamma_exposure(chain, of_calls, of_puts, level)
    wall = walls.walls(chain, of_calls, of_puts, level)
    yield from astuple(ratios.pcr_by_oi(chain))
    yield from astuple(ratios.pcr_by_volume(chain))
    yield from astuple(ratios.pcr_by_oi_change(of_calls, of_puts))
    yield pain.max_pain(chain, level)
    yield from (number for each in wall.support + wall.resistance for number in astuple(each))
    yield from (number for each in (straddle, fixed) if each for number in astuple(each))
    yield money.implied_move(straddle, level)
    first = 0 if len(chain) else None
    yield money.synthetic_future(level, at(of_calls, first), at(of_puts, first))
    yield smile.atm_iv(chain.strikes, of_calls, of_puts, level)
    yield smile.risk_reversal_25(of_calls, of_puts, of_puts, of_calls)
    yield exposure.net_exposure(by_strike)
    yield exposure.gamma_flip(chain, of_calls, of_puts, spot=level, forward=level, years=years)
    assert len(smile.smile(chain.strikes, of_calls, of_puts, level)) == len(by_strike) == len(chain)


def legs(numbers):
    return Legs(*(np.array(numbers, dtype=float) for _ in range(5)))


numbers = st.one_of(st.sampled_from([NAN, 0.0, 0.0, 1.0, -1.0]), st.floats(-1e12, 1e12), st.floats(-1, 1))


@st.composite
def broken(draw):
    strikes = sorted(draw(st.sets(st.integers(0, 100_000), max_size=8)))
    rows = st.lists(numbers, min_size=len(strikes), max_size=len(strikes))
    chain = OptionChain(np.array(strikes, dtype=float), legs(draw(rows)), legs(draw(rows)))
    return chain, np.array(draw(rows), dtype=float), np.array(draw(rows), dtype=float)


@settings(max_examples=600, deadline=None)
@given(broken(), st.sampled_from(LEVELS), st.sampled_from([*LEVELS, 1e-12, 0.1]))
def test_every_measure_of_any_chain_is_a_number_or_none(parts, level, years):
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        found = list(measured(*parts, level, years))

    assert all(finite(value) for value in found)


@pytest.mark.parametrize("fill", [NAN, 0.0])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_chain_of_nothing_has_no_measure_but_sums_of_nothing(count, fill):
    nothing = np.full(count, fill)
    chain = OptionChain(np.arange(count) * 50.0 + 100.0, legs(nothing), legs(nothing))

    found = list(measured(chain, nothing, nothing, 120.0, 0.1))

    assert set(found) <= {None, 0.0}
