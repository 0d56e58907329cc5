"""Open interest moves like the recorded chains it was calibrated to."""

from datetime import date

import numpy as np
import pytest

from simulator.core.batches import batch_moments
from simulator.core.floor import Floor
from simulator.core.seeds import generator
from simulator.core.underlyings import UNDERLYINGS

SEEDS = range(6)
DAY = date(2025, 8, 29)  # the day of the recording
NIFTY = ("NIFTY", date(2025, 9, 2))
BANKNIFTY = ("BANKNIFTY", date(2025, 9, 30))


RECORDED_STRIKES = {"NIFTY": 43, "BANKNIFTY": 76}  # to either side


def chain(name, expiry, seed, day=DAY):
    floor = Floor(day, seed, UNDERLYINGS, expiries=2, strikes_around=RECORDED_STRIKES[name])
    return floor.chain(name, expiry).chain


def changes(plan):
    return np.diff(plan.oi, axis=0)


def totals(plan):
    calls, puts = plan.oi[:, 0::2].sum(axis=1), plan.oi[:, 1::2].sum(axis=1)
    return calls + puts, puts / calls


def test_batches_come_every_three_minutes_on_average_but_on_no_clock():
    gaps = np.concatenate([np.diff(batch_moments(generator("gaps", seed), 22_500)) for seed in range(40)])

    assert gaps.mean() == pytest.approx(180, abs=5)
    assert np.percentile(gaps, 5) == pytest.approx(60, abs=5)
    assert np.percentile(gaps, 95) == pytest.approx(300, abs=5)
    assert len(np.unique(gaps)) > 200


@pytest.mark.parametrize(
    ("which", "quartiles", "tail"),
    [(NIFTY, (54, 232, 739), (1_786, 6_916)), (BANKNIFTY, (5, 13, 36), (87, 317))],
    ids=["NIFTY weekly", "BANKNIFTY monthly"],
)
def test_sizes_of_changes_are_those_recorded(which, quartiles, tail):
    sizes = np.concatenate([np.abs(changes(chain(*which, seed).plan)).ravel() for seed in SEEDS])

    assert np.percentile(sizes, [25, 50, 75]) == pytest.approx(quartiles, rel=0.4)
    assert np.percentile(sizes, [90, 99]) == pytest.approx(tail, rel=0.3)


def test_a_tenth_of_the_legs_stand_still_in_a_batch_and_more_rise_than_fall():
    found = np.concatenate([changes(chain(*NIFTY, seed).plan).ravel() for seed in SEEDS])

    assert np.mean(found == 0) == pytest.approx(0.11, abs=0.01)
    assert np.mean(found[found != 0] > 0) == pytest.approx(0.54, abs=0.02)


def test_changes_are_larger_near_the_money():
    near_chain = chain(*NIFTY, 1)
    sizes = np.abs(changes(near_chain.plan))

    near = np.median(sizes[:, near_chain.distances < 1.0])
    far = np.median(sizes[:, near_chain.distances > 3.0])

    assert near > 4 * far


def test_open_interest_is_never_negative_and_rises_through_an_ordinary_day():
    for seed in SEEDS:
        plan = chain(*NIFTY, seed).plan
        total, _ = totals(plan)

        assert plan.oi.min() >= 0
        assert 1.1 < total[-1] / total[0] < 1.8  # 2.93 to 4.23 million contracts were recorded


def test_the_put_call_ratio_stays_where_it_is_seen():
    for seed in SEEDS:
        _, ratio = totals(chain(*NIFTY, seed).plan)

        assert ratio.min() > 0.55
        assert ratio.max() < 0.95


def test_a_third_of_the_open_interest_goes_in_the_last_fifty_minutes_of_an_expiry():
    day = date(2025, 9, 2)
    for seed in SEEDS:
        plan = chain("NIFTY", day, seed, day=day).plan
        total, _ = totals(plan)
        is_late = plan.moments >= 22_500 - 50 * 60

        before = total[1:][~is_late][-1]
        assert 0.6 < total[-1] / before < 0.75
        assert total.max() == pytest.approx(before, rel=0.05)
        assert (np.diff(total)[is_late] < 0).all()


def test_round_strikes_hold_more():
    shares = []
    for seed in SEEDS:
        made = chain(*NIFTY, seed)
        held = made.plan.oi[0].reshape(-1, 2).sum(axis=1)
        is_round = made.strikes % 500 == 0
        shares.append(held[is_round].mean() / held[~is_round].mean())

    assert 2.0 < np.mean(shares) < 4.0


def test_changes_are_about_a_tenth_of_what_is_traded():
    shares = []
    for seed in SEEDS:
        plan = chain(*NIFTY, seed).plan
        change, traded = np.abs(changes(plan)), np.diff(plan.volume, axis=0)[:-1]
        shares.append((change / traded)[change > 0])
    share = np.concatenate(shares)

    assert np.percentile(share, [25, 50, 75]) == pytest.approx([0.027, 0.088, 0.25], rel=0.35)
    assert 0.01 < np.mean(share > 1) < 0.09
