"""The views of the legs and the verdict on a strike: by hand, the predecessor's defects, and what must not matter."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.buildup import BuildUp, build_up
from oi_common.market.leg_views import LegMoves, LegViews, leg_views, reference_change
from oi_common.market.verdict import Verdict, strike_verdicts

RISEN = {BuildUp.LONG_BUILDUP: (5, 10), BuildUp.SHORT_BUILDUP: (-5, 10),
         BuildUp.LONG_UNWINDING: (-5, -10), BuildUp.SHORT_COVERING: (5, -10),
         BuildUp.NEUTRAL: (0, 0)}  # fmt: skip

MIRRORED = {
    None: None,
    Verdict.STRONG_BULLISH: Verdict.STRONG_BEARISH,
    Verdict.MODERATE_BULLISH: Verdict.MODERATE_BEARISH,
    Verdict.MILD_BULLISH: Verdict.MILD_BEARISH,
    Verdict.NEUTRAL: Verdict.NEUTRAL,
    Verdict.MILD_BEARISH: Verdict.MILD_BULLISH,
    Verdict.MODERATE_BEARISH: Verdict.MODERATE_BULLISH,
    Verdict.STRONG_BEARISH: Verdict.STRONG_BULLISH,
    Verdict.RANGE: Verdict.RANGE,
    Verdict.BREAKOUT: Verdict.BREAKOUT,
}

LEG = st.tuples(
    st.one_of(st.just(nan), st.floats(0.05, 900)),
    st.one_of(st.just(nan), st.floats(0.05, 900)),
    st.one_of(st.just(nan), st.integers(0, 10**6)),
    st.one_of(st.just(nan), st.integers(0, 10**6)),
)
ANYTHING = st.one_of(st.floats(), st.sampled_from([nan, inf, -inf, 0.0, 1e308, 5e-324]))


def leg(premium_percent=0.0, oi_percent=0.0, oi=20_000.0):
    return (100.0 + premium_percent, 100.0, oi * (1 + oi_percent / 100), oi)


def moves(*legs):
    return LegMoves.of(*np.array(legs, dtype=float).reshape(-1, 4).T)


def views(side, of_side, reference):
    labels = build_up(of_side.premium_now, of_side.premium_before, of_side.oi_now, of_side.oi_before)
    return leg_views(side, labels, of_side, reference)


def judged(calls, puts, reference=None):
    reference = reference_change(calls, puts) if reference is None else reference
    return strike_verdicts(views("CE", calls, reference), views("PE", puts, reference))


def said(label, view, magnitude, confidence):
    numbers = (np.array([number], dtype=float) for number in (view, magnitude, confidence))
    return LegViews(np.array([label], dtype=object), *numbers)


@pytest.mark.parametrize(
    ("call", "put", "verdict"),
    [
        (BuildUp.LONG_BUILDUP, BuildUp.SHORT_BUILDUP, Verdict.MODERATE_BULLISH),
        (BuildUp.SHORT_COVERING, BuildUp.SHORT_BUILDUP, Verdict.STRONG_BULLISH),
        (BuildUp.SHORT_COVERING, BuildUp.LONG_UNWINDING, Verdict.MODERATE_BULLISH),
        (BuildUp.SHORT_BUILDUP, BuildUp.SHORT_COVERING, Verdict.STRONG_BEARISH),
        (BuildUp.SHORT_BUILDUP, BuildUp.LONG_BUILDUP, Verdict.MODERATE_BEARISH),
        (BuildUp.LONG_UNWINDING, BuildUp.LONG_BUILDUP, Verdict.MODERATE_BEARISH),
        (BuildUp.SHORT_BUILDUP, BuildUp.SHORT_BUILDUP, Verdict.RANGE),
        (BuildUp.LONG_BUILDUP, BuildUp.LONG_BUILDUP, Verdict.BREAKOUT),
        (BuildUp.LONG_UNWINDING, BuildUp.LONG_UNWINDING, Verdict.NEUTRAL),
        (BuildUp.NEUTRAL, BuildUp.NEUTRAL, Verdict.NEUTRAL),
    ],
)
def test_the_two_legs_together_make_the_verdict(call, put, verdict):
    result = judged(moves(leg(*RISEN[call])), moves(leg(*RISEN[put])))

    assert list(result.verdicts) == [verdict]


def test_a_leg_by_hand():
    # premium -2.5 % is grade 2, OI +10 % grade 3; 2,000 of a reference of 4,000
    result = views("CE", moves(leg(-2.5, 10)), 4_000.0)

    assert list(result.labels) == [BuildUp.SHORT_BUILDUP]
    assert (result.view, result.magnitude, result.confidence) == pytest.approx((-0.8, 0.5, 35.0))


def test_a_strike_by_hand():
    call = said(BuildUp.SHORT_BUILDUP, -0.8, 1.0, 80.0)
    put = said(BuildUp.LONG_BUILDUP, -0.6, 0.5, 35.0)

    result = strike_verdicts(call, put)

    assert result.scores == pytest.approx([-1.1 / 1.5])
    assert result.confidence == pytest.approx([65.0])
    assert list(result.verdicts) == [Verdict.MODERATE_BEARISH]


def test_a_one_sided_strike_is_not_halved():
    call = said(BuildUp.SHORT_COVERING, 1.0, 0.8, 70.0)

    for silent in (said(BuildUp.NEUTRAL, 0.0, 0.9, 0.0), said(None, nan, 0.0, 0.0)):
        result = strike_verdicts(call, silent)
        assert (result.scores[0], result.confidence[0]) == pytest.approx((1.0, 70.0))
        assert list(result.verdicts) == [Verdict.STRONG_BULLISH]


def test_one_lot_in_a_large_chain_is_not_certain():
    # the predecessor gave every signal 100, whatever its size
    calls = moves(leg(4, 75 / 1_500_000 * 10_000, oi=15_000.0), *[leg(2, 5, oi=1_500_000.0)] * 9)

    result = views("CE", calls, reference_change(calls, calls))

    assert result.labels[0] == BuildUp.LONG_BUILDUP
    assert result.confidence[0] < 1
    assert result.confidence[1] == pytest.approx(20 * (1 + 2 / 3 + 2) / 2 + 20)


def test_one_lot_that_moves_in_a_still_chain_is_not_a_large_change():
    calls = moves(leg(4, 10, oi=750.0), *[leg(oi=150_000.0)] * 9)

    result = judged(calls, calls)

    assert list(result.verdicts) == [Verdict.NEUTRAL] * 10
    assert result.confidence[0] < 30


def test_the_same_change_in_lots_and_in_units_gives_the_same_confidence():
    lots = moves(leg(4, 10, oi=1_000.0), leg(-2, 3, oi=2_000.0))
    units = moves(leg(4, 10, oi=75_000.0), leg(-2, 3, oi=150_000.0))

    assert judged(lots, lots).confidence == pytest.approx(judged(units, units).confidence)


def test_the_reference_is_the_median_of_what_moved_but_at_least_a_share_of_the_mean():
    still = leg(oi=20_000.0)

    moved = moves(leg(0, 0.5), leg(0, 1.0), leg(0, -4.5), *[still] * 7)
    hardly = moves(leg(0, 0.05), *[still] * 9)

    assert reference_change(moved, moves()) == pytest.approx(200)
    assert reference_change(hardly, moves()) == pytest.approx(100)
    assert np.isnan(reference_change(moves(still), moves(still)))


@pytest.mark.parametrize("reference", [nan, 0.0, -5.0, inf])
def test_without_a_reference_nothing_is_sure(reference):
    result = judged(moves(leg(5, 10)), moves(leg(-5, 10)), reference)

    assert list(result.verdicts) == [Verdict.NEUTRAL]
    assert list(result.confidence) == [0.0]


def test_a_strike_of_which_nothing_is_known_has_no_verdict():
    result = judged(moves((nan,) * 4, leg()), moves((nan,) * 4, (nan,) * 4))

    assert list(result.verdicts) == [None, Verdict.NEUTRAL]
    assert np.isnan(result.scores[0])
    assert result.scores[1] == 0


@pytest.mark.parametrize(("confidence", "verdict"), [(29.9, Verdict.NEUTRAL), (30, Verdict.MODERATE_BULLISH),
                                                      (59.9, Verdict.MODERATE_BULLISH), (60, Verdict.STRONG_BULLISH)])  # fmt: skip
def test_the_label_says_no_more_than_the_confidence_bears(confidence, verdict):
    call = said(BuildUp.SHORT_COVERING, 1.0, 1.0, confidence)

    assert list(strike_verdicts(call, said(None, nan, 0.0, 0.0)).verdicts) == [verdict]


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(st.lists(st.tuples(*[ANYTHING] * 8), max_size=6), ANYTHING)
def test_no_chain_however_broken_raises_or_warns(rows, reference):
    table = np.array(rows, dtype=float).reshape(-1, 8).T
    calls, puts = LegMoves.of(*table[:4]), LegMoves.of(*table[4:])

    for result in (judged(calls, puts), judged(calls, puts, reference)):
        assert all(verdict is None or verdict in set(Verdict) for verdict in result.verdicts)
        assert all(-1 <= score <= 1 for score in result.scores if not np.isnan(score))
        assert all(0 <= confidence <= 100 for confidence in result.confidence)


@settings(deadline=None)
@given(st.lists(st.tuples(LEG, LEG), min_size=1, max_size=8))
def test_a_mirrored_chain_gives_the_mirrored_verdicts(strikes):
    calls, puts = (moves(*legs) for legs in zip(*strikes, strict=True))

    plain, mirrored = judged(calls, puts), judged(puts, calls)

    assert list(mirrored.verdicts) == [MIRRORED[verdict] for verdict in plain.verdicts]
    np.testing.assert_allclose(mirrored.scores, -plain.scores, atol=1e-12)
    np.testing.assert_allclose(mirrored.confidence, plain.confidence)


@settings(deadline=None)
@given(st.lists(st.tuples(LEG, LEG), min_size=1, max_size=8), st.integers(1, 1_000), st.randoms())
def test_neither_the_unit_of_oi_nor_the_order_of_rows_matters(strikes, scale, random):
    order = list(range(len(strikes)))
    random.shuffle(order)
    sides = [np.array(legs, dtype=float) for legs in zip(*strikes, strict=True)]
    plain = judged(*(moves(*legs) for legs in sides))

    scaled = judged(*(moves(*(legs[order] * [1, 1, scale, scale])) for legs in sides))

    np.testing.assert_allclose(scaled.scores, plain.scores[order], atol=1e-12)
    np.testing.assert_allclose(scaled.confidence, plain.confidence[order], rtol=1e-9, atol=1e-9)
    assert list(scaled.verdicts) == list(plain.verdicts[order])
