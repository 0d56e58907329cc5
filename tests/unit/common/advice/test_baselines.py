"""What decisions are measured against, and when a situation counts as new."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from oi_common.advice import LastAsked, always_wait, coin_flip, fingerprint, is_new
from support.situations import AT, holding, rising

REST = timedelta(seconds=5)


def test_one_baseline_always_waits():
    assert always_wait(rising()).decision == "WAIT"


def test_the_coin_falls_the_same_for_the_same_moment_and_to_either_side_over_time():
    moments = [rising(at=AT + timedelta(seconds=second)) for second in range(400)]

    sides = [coin_flip(each).contract.side for each in moments]

    assert sides == [coin_flip(each).contract.side for each in moments]
    assert sides != [coin_flip(each, seed=2).contract.side for each in moments]
    assert 150 < Counter(sides)["CE"] < 250


def test_the_coin_waits_when_there_is_nothing_to_buy():
    assert coin_flip(rising(legs=())).decision == "WAIT"


def test_the_coin_enters_at_prices_like_those_of_the_rules():
    ruling = coin_flip(rising())

    assert ruling.stop_loss < ruling.entry == 101.5 < ruling.target


def test_small_moves_leave_the_fingerprint_as_it_is():
    moved = rising(spot=24513.0, momentum={12: 9.9, 60: 23.0}, pcr_live=1.13, at=AT + timedelta(seconds=1))

    assert fingerprint(moved) == fingerprint(rising(momentum={12: 9.5, 60: 22.0}))


def test_what_weighs_changes_the_fingerprint():
    usual = rising()
    others = [
        rising(spot=24540.0),
        rising(momentum={12: -9.5, 60: 22.0}),
        rising(measures={**usual.measures, "direction": "NEUTRAL"}),
        rising(measures={**usual.measures, "resistance": [{"strike": 24550}]}),
        rising(pcr_live=1.4),
        rising(minutes_to_close=20.0),
        holding(),
    ]

    prints = {fingerprint(each) for each in (usual, *others)}

    assert len(prints) == len(others) + 1


def test_a_gain_of_half_the_risk_changes_the_fingerprint_of_a_position():
    assert fingerprint(holding(101.0)) == fingerprint(holding(103.0))
    assert fingerprint(holding(101.0)) != fingerprint(holding(108.0))


def test_a_new_situation_is_asked_about_only_after_a_rest():
    last = LastAsked("old", AT)

    assert is_new("old", AT, None, REST)
    assert not is_new("old", AT + 2 * REST, last, REST)
    assert not is_new("new", AT + REST / 2, last, REST)
    assert is_new("new", AT + REST, last, REST)


def test_the_fingerprint_does_not_depend_on_the_order_of_the_legs():
    usual = rising()

    assert fingerprint(replace(usual, legs=usual.legs[::-1])) == fingerprint(usual)
