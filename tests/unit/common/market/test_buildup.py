"""Build-up per contract: the four labels, what is neutral, what is unknown, and what the market's move explains."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.buildup import (
    BuildUp,
    BuildUpThresholds,
    EarlierGreeks,
    MarketMove,
    adjusted_build_up,
    build_up,
    explained_change,
)

ANYTHING = st.one_of(
    st.floats(), st.sampled_from([nan, inf, -inf, 0.0, -1.0, 1e308, 5e-324]), st.floats(0.05, 5_000)
)
STILL = MarketMove(forward=0.0, atm_iv=0.0, days=0.0)


def greeks(delta=0.5, gamma=0.002, vega=10.0, theta=-8.0):
    return EarlierGreeks(*(np.atleast_1d(np.asarray(value, float)) for value in (delta, gamma, vega, theta)))


@pytest.mark.parametrize(
    ("premium", "oi", "label"),
    [
        ((100, 104), (20_000, 21_000), BuildUp.LONG_BUILDUP),
        ((100, 96), (20_000, 21_000), BuildUp.SHORT_BUILDUP),
        ((100, 96), (20_000, 19_000), BuildUp.LONG_UNWINDING),
        ((100, 104), (20_000, 19_000), BuildUp.SHORT_COVERING),
        ((100, 100), (20_000, 19_000), BuildUp.NEUTRAL),
        ((100, 104), (20_000, 20_000), BuildUp.NEUTRAL),
        ((100, 100.45), (20_000, 21_000), BuildUp.NEUTRAL),
        ((100, 104), (20_000, 20_099), BuildUp.NEUTRAL),
        ((100, 104), (20_000, 20_100), BuildUp.LONG_BUILDUP),
        ((100, 104), (0, 75), BuildUp.LONG_BUILDUP),
    ],
)
def test_premium_and_oi_together_say_who_acts(premium, oi, label):
    assert list(build_up(premium[1], premium[0], oi[1], oi[0])) == [label]


def test_a_tick_is_a_tick_whatever_binary_fractions_make_of_it():
    before = np.arange(1, 200) * 0.05 + 1

    labels = build_up(before + 0.05, before, 110.0, 100.0, thresholds=BuildUpThresholds(premium_percent=0))

    assert set(labels) == {BuildUp.LONG_BUILDUP}


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("unknown", [None, nan, inf, -1.0])
def test_a_label_is_none_where_anything_is_unknown(place, unknown):
    facts = [101.0, 100.0, 11_000.0, 10_000.0]
    facts[place] = unknown

    assert list(build_up(*facts)) == [None]


def test_a_premium_of_zero_is_no_price():
    assert list(build_up([0.0, 5.0], [5.0, 0.0], [20.0, 20.0], [10.0, 10.0])) == [None, None]


def test_a_change_inside_the_spread_is_neutral_and_an_unknown_spread_hides_nothing():
    labels = build_up([104.0] * 3, [100.0] * 3, [110.0] * 3, [100.0] * 3, spread=[4.5, 4.0, nan])

    assert list(labels) == [BuildUp.NEUTRAL, BuildUp.LONG_BUILDUP, BuildUp.LONG_BUILDUP]


def test_the_explained_change_by_hand():
    move = MarketMove(forward=20.0, atm_iv=-0.4, days=0.25)

    assert explained_change(greeks(), move) == pytest.approx([10 + 0.4 - 4 - 2])


def test_a_quiet_afternoons_decay_is_no_short_build_up():
    # three hours of theta -12 a day, and a forward that came back to where it was
    move = MarketMove(forward=0.0, atm_iv=0.0, days=0.125)
    facts = (98.5, 100.0, 21_000.0, 20_000.0)

    assert list(build_up(*facts)) == [BuildUp.SHORT_BUILDUP]
    assert list(adjusted_build_up(*facts, greeks=greeks(theta=-12.0), move=move)) == [BuildUp.NEUTRAL]


def test_a_premium_that_holds_against_decay_and_a_falling_forward_was_bought():
    move = MarketMove(forward=-10.0, atm_iv=0.0, days=0.125)

    labels = adjusted_build_up(100.0, 100.0, 21_000.0, 20_000.0, greeks=greeks(), move=move, spread=0.5)

    assert list(labels) == [BuildUp.LONG_BUILDUP]


def test_a_residual_inside_the_spread_is_neutral():
    labels = adjusted_build_up(104.0, 100.0, 110.0, 100.0, greeks=greeks(), move=STILL, spread=4.2)

    assert list(labels) == [BuildUp.NEUTRAL]


@pytest.mark.parametrize(
    ("greek", "move"),
    [
        (greeks(delta=nan), STILL),
        (greeks(gamma=inf), STILL),
        (greeks(), MarketMove(nan, 0.0, 0.0)),
        (greeks(), MarketMove(0.0, nan, 0.0)),
        (greeks(), MarketMove(1e308, 0.0, 0.0)),
    ],
)
def test_an_adjusted_label_is_none_where_the_explanation_is_unknown(greek, move):
    assert list(adjusted_build_up(104.0, 100.0, 110.0, 100.0, greeks=greek, move=move)) == [None]


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(facts=st.lists(st.tuples(*[ANYTHING] * 9), max_size=6), move=st.tuples(*[ANYTHING] * 3))
def test_no_chain_however_broken_raises_or_warns(facts, move):
    now, before, oi_now, oi_before, spread, *greek = np.array(facts, dtype=float).reshape(-1, 9).T

    plain = build_up(now, before, oi_now, oi_before, spread=spread)
    adjusted = adjusted_build_up(
        now, before, oi_now, oi_before, greeks=EarlierGreeks(*greek), move=MarketMove(*move), spread=spread
    )

    assert len(plain) == len(adjusted) == len(facts)
    assert all(label is None or label in set(BuildUp) for label in [*plain, *adjusted])


@settings(deadline=None)
@given(
    premiums=st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)),
    oi=st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)),
    scale=st.integers(1, 5_000),
)
def test_the_unit_of_oi_does_not_matter(premiums, oi, scale):
    now, before = (premium * 0.05 for premium in premiums)

    assert build_up(now, before, *oi)[0] == build_up(now, before, oi[0] * scale, oi[1] * scale)[0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1, 500), st.floats(1, 500), st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1
    ),
    st.randoms(),
)
def test_the_order_of_rows_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)

    labels = build_up(*np.array(rows).T)

    assert list(build_up(*np.array(rows)[order].T)) == [labels[place] for place in order]
