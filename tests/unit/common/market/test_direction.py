"""The market's direction: the vote by hand, each degree at its threshold, and what must not matter."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.buildup import BuildUp
from oi_common.market.direction import MarketDirection, market_direction
from oi_common.market.leg_views import LegViews

MIRRORED = {
    MarketDirection.STRONGLY_BULLISH: MarketDirection.STRONGLY_BEARISH,
    MarketDirection.BULLISH: MarketDirection.BEARISH,
    MarketDirection.MILDLY_BULLISH: MarketDirection.MILDLY_BEARISH,
    MarketDirection.NEUTRAL: MarketDirection.NEUTRAL,
    MarketDirection.INSUFFICIENT_DATA: MarketDirection.INSUFFICIENT_DATA,
    MarketDirection.MILDLY_BEARISH: MarketDirection.MILDLY_BULLISH,
    MarketDirection.BEARISH: MarketDirection.BULLISH,
    MarketDirection.STRONGLY_BEARISH: MarketDirection.STRONGLY_BULLISH,
}
VOTE = st.tuples(
    st.sampled_from([0.4, 0.6, 0.8, 1.0, -0.4, -0.6, -0.8, -1.0, 0.0, nan]),
    st.one_of(st.integers(0, 100), st.floats(0, 100)),
)


def legs(*votes):
    view, confidence = np.array(votes, dtype=float).reshape(-1, 2).T
    return LegViews(np.full(len(view), BuildUp.NEUTRAL, dtype=object), view, np.ones(len(view)), confidence)


def voted(*votes):
    return market_direction(legs(*votes), legs())


def test_a_vote_by_hand():
    result = market_direction(legs((0.8, 80), (1.0, 70)), legs((0.6, 50), (-0.8, 40)))

    assert result.direction is MarketDirection.BULLISH
    assert result.bull_percent == pytest.approx(100 * 164 / 196)
    assert result.bear_percent == pytest.approx(100 * 32 / 196)
    assert result.confidence == pytest.approx(132 / 3.2)
    assert (result.votes, result.high_share) == (4, 50)


@pytest.mark.parametrize(
    ("votes", "direction"),
    [
        ([(0.8, 70)] * 5, MarketDirection.STRONGLY_BULLISH),
        ([(0.8, 70)] * 3 + [(0.8, 50)] * 2, MarketDirection.STRONGLY_BULLISH),
        ([(0.8, 70)] * 5 + [(0.8, 50)] * 5, MarketDirection.BULLISH),
        ([(0.8, 70)] * 7 + [(-0.8, 70)] * 3, MarketDirection.STRONGLY_BULLISH),
        ([(0.8, 70)] * 65 + [(-0.8, 70)] * 35, MarketDirection.BULLISH),
        ([(0.8, 70)] * 5 + [(-0.8, 70)] * 4, MarketDirection.MILDLY_BULLISH),
        ([(0.8, 70)] * 11 + [(-0.8, 70)] * 9, MarketDirection.MILDLY_BULLISH),
        ([(0.8, 70)] * 10 + [(-0.8, 70)] * 10, MarketDirection.NEUTRAL),
        ([(0.8, 70)] * 3 + [(0.8, 50)] * 7, MarketDirection.MILDLY_BULLISH),
        ([(0.8, 70)] * 2 + [(0.8, 60)] * 8, MarketDirection.NEUTRAL),
    ],
)
def test_the_gap_and_the_sure_votes_make_the_degree(votes, direction):
    against = [(-view, confidence) for view, confidence in votes]

    assert voted(*votes).direction is direction
    assert voted(*against).direction is MIRRORED[direction]


def test_fewer_than_three_votes_are_insufficient_and_say_how_many_there_were():
    result = voted((0.8, 90), (0.8, 90), (0.8, 30), (0.0, 90), (nan, 90))

    assert result.direction is MarketDirection.INSUFFICIENT_DATA
    assert (result.votes, result.confidence) == (2, 0)


def test_an_empty_chain_has_no_direction():
    assert voted().direction is MarketDirection.INSUFFICIENT_DATA


def test_the_degrees_run_from_three_to_minus_three():
    degrees = [direction.degree for direction in MarketDirection]

    assert degrees == [3, 2, 1, 0, -1, -2, -3, 0]


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(st.lists(VOTE, max_size=12), st.lists(VOTE, max_size=12), st.randoms())
def test_neither_a_mirror_nor_the_order_of_rows_changes_more_than_it_must(of_calls, of_puts, random):
    plain = market_direction(legs(*of_calls), legs(*of_puts))
    against = [(-view, confidence) for view, confidence in of_puts + of_calls]
    random.shuffle(against)

    mirrored = voted(*against)

    assert mirrored.direction is MIRRORED[plain.direction]
    assert (mirrored.bull_percent, mirrored.bear_percent) == (plain.bear_percent, plain.bull_percent)
    assert (mirrored.votes, mirrored.confidence) == (plain.votes, plain.confidence)
    assert 0 <= plain.confidence <= 100 + 1e-9
