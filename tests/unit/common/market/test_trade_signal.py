"""The trading signal: by hand, its one reading of the PCR, and what it says when it does not know."""

from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.direction import DirectionVote, MarketDirection
from oi_common.market.trade_signal import SignalFacts, TradeAction, trade_signal

BULLISH = MarketDirection.BULLISH
MIRRORED = {
    TradeAction.BUY: TradeAction.SELL,
    TradeAction.SELL: TradeAction.BUY,
    TradeAction.HOLD: TradeAction.HOLD,
}
NUMBER = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -1.0, nan, inf, 5e-324, 1e308]))


def vote(direction=BULLISH, confidence=41.0, bull=84.0, bear=16.0):
    return DirectionVote(direction, confidence, bull, bear, votes=4, high_share=50.0)


def signal(direction=BULLISH, *, confidence=41.0, **facts):
    return trade_signal(SignalFacts(vote=vote(direction, confidence), **facts))


def test_a_signal_by_hand():
    result = signal(spot=24_550.0, pcr=1.4, max_pain=24_600, supports=[24_400], resistances=[24_800])

    assert (result.action, result.points) == (TradeAction.BUY, 3)
    assert result.reasons == (
        "Direction BULLISH (+2): bulls 84 %, bears 16 % of 4 votes, confidence 41",
        "PCR 1.40 (+1): put writers support",
        "Max pain 24600 is +0.20 % from spot 24550.00 (+0): too near to pull",
        "Walls (+0): resistance 24800 is 250 points away and support 24400 is 150 points away",
        "BUY: +3 points, 2 needed on the direction's side",
    )


@pytest.mark.parametrize(
    ("pcr", "points"),
    [
        (1.0, 0),
        (1.24, 0),
        (1.25, 1),
        (1.99, 1),
        (2.0, 0),
        (0.81, 0),
        (0.8, -1),
        (0.51, -1),
        (0.5, 0),
        (0.0, 0),
    ],
)
def test_the_pcr_has_the_writers_reading_and_its_extremes_count_for_neither(pcr, points):
    assert signal(pcr=pcr).points == 2 + points


@pytest.mark.parametrize(("rank", "points"), [(50, 0), (70, 1), (94, 1), (95, 0), (30, -1), (6, -1), (5, 0)])
def test_where_the_pcr_stands_in_its_own_history_comes_before_the_bands(rank, points):
    assert signal(pcr=0.6, pcr_rank=rank).points == 2 + points


@pytest.mark.parametrize(
    ("spot", "points"),
    [(24_500, 0), (24_790, -1), (24_810, 1), (24_210, 1), (24_190, -1)],
)
def test_a_wall_stands_in_the_way_until_it_is_passed(spot, points):
    assert signal(spot=spot, supports=[24_200], resistances=[24_800]).points == 2 + points


def test_walls_that_have_crossed_count_once():
    assert signal(spot=24_510, supports=[24_500], resistances=[24_500]).points == 3


@pytest.mark.parametrize(("pain", "points"), [(24_000, 0), (24_120, 1), (23_880, -1)])
def test_max_pain_pulls_from_afar_only(pain, points):
    assert signal(spot=24_000.0, max_pain=pain).points == 2 + points


def test_a_mild_direction_needs_a_second_and_a_contradicted_one_is_held():
    assert signal(MarketDirection.MILDLY_BULLISH).action is TradeAction.HOLD
    assert signal(MarketDirection.MILDLY_BULLISH, pcr=1.4).action is TradeAction.BUY
    assert signal(BULLISH, pcr=0.7).action is TradeAction.HOLD


def test_points_against_the_direction_never_make_a_trade():
    result = signal(
        MarketDirection.MILDLY_BULLISH, spot=24_000.0, pcr=0.7, max_pain=23_000, resistances=[24_010]
    )

    assert (result.action, result.points) == (TradeAction.HOLD, -2)


def test_without_direction_or_confidence_it_holds_and_says_why():
    unknown = signal(MarketDirection.INSUFFICIENT_DATA, pcr=1.5)
    unsure = signal(MarketDirection.STRONGLY_BULLISH, confidence=29.0, pcr=1.5)

    assert (unknown.action, unknown.reasons[0]) == (
        TradeAction.HOLD,
        "Direction unknown: 4 votes are too few",
    )
    assert (unsure.action, unsure.reasons[-1]) == (TradeAction.HOLD, "HOLD: confidence 29 of 30")


@pytest.mark.parametrize("unknown", [None, nan, inf])
def test_what_is_unknown_counts_for_nothing(unknown):
    # the predecessor crashed on a PCR of None
    result = signal(spot=unknown, pcr=unknown, max_pain=unknown, supports=[unknown], resistances=[unknown])

    assert (result.action, result.points) == (TradeAction.BUY, 2)
    assert result.reasons[1:4] == (
        "PCR unknown (+0)",
        "Max pain or spot unknown (+0)",
        "Spot unknown, walls not judged (+0)",
    )


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(
    st.sampled_from(MarketDirection),
    NUMBER,
    NUMBER,
    NUMBER,
    NUMBER,
    st.lists(NUMBER),
    st.lists(NUMBER),
    NUMBER,
)
def test_no_facts_however_broken_raise(direction, spot, pcr, rank, pain, supports, resistances, confidence):
    facts = SignalFacts(
        vote(direction, nan if confidence is None else confidence),
        spot=spot,
        pcr=pcr,
        pcr_rank=rank,
        max_pain=pain,
        supports=supports,
        resistances=resistances,
    )

    result = trade_signal(facts)

    assert result.action in TradeAction
    assert -6 <= result.points <= 6
    assert len(result.reasons) == 5


@settings(deadline=None)
@given(
    st.integers(0, 6),
    st.floats(0, 100),
    st.sampled_from([1.0, 1.25, 1.5, 1.6, 2.0, 2.5, 4.0]),
    st.integers(-600, 600),
    st.integers(-600, 600),
    st.integers(-600, 600),
)
def test_a_mirrored_market_gives_the_mirrored_signal(degree, confidence, pcr, pain, support, resistance):
    directions = list(MarketDirection)[:7]
    spot = 24_000.0

    plain = trade_signal(
        SignalFacts(
            vote(directions[degree], confidence),
            spot=spot,
            pcr=pcr,
            max_pain=spot + pain,
            supports=[spot + support],
            resistances=[spot + resistance],
        )
    )
    mirrored = trade_signal(
        SignalFacts(
            vote(directions[6 - degree], confidence),
            spot=spot,
            pcr=1 / pcr,
            max_pain=spot - pain,
            supports=[spot - resistance],
            resistances=[spot - support],
        )
    )

    assert (mirrored.action, mirrored.points) == (MIRRORED[plain.action], -plain.points)
