"""The rule engine: what it enters, which gate keeps it out, and how it coaches a position."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.advice import RulePolicy, rule
from oi_common.advice.gates import BEFORE_ENTERING, not_worth_asking, shut
from oi_common.advice.situation import Position
from oi_common.market.chain import Contract
from support.situations import falling, holding, leg, legs, rising

CALL = Contract(24500, "CE")


def all_legs(**changes):
    return tuple(replace(each, **changes) for each in legs())


def test_it_buys_the_call_at_the_money_when_index_chain_and_book_agree():
    ruling = rule(rising())

    assert (ruling.decision, ruling.contract) == ("ENTER", CALL)
    assert (ruling.entry, ruling.stop_loss, ruling.target) == (101.5, 86.3, 131.95)
    assert ruling.confidence == 66.5  # 50 + 25 * 0.44 + 10 * (9.5 / 6.128 - 1)


def test_it_buys_the_put_when_they_agree_downwards():
    ruling = rule(falling())

    assert (ruling.decision, ruling.contract) == ("ENTER", Contract(24500, "PE"))


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"spot": None}, "no_spot"),
        ({"spot_age": None}, "no_spot"),
        ({"spot_age": 5.1}, "stale_spot"),
        ({"minutes_since_open": 4.9}, "too_early"),
        ({"minutes_to_close": 24.9}, "too_late"),
        ({"days_to_expiry": 0, "minutes_to_close": 89.0}, "theta"),
        ({"legs": ()}, "no_book"),
        ({"legs": all_legs(bid=None)}, "no_book"),
        ({"legs": all_legs(bid=102.0, ask=101.0)}, "no_book"),
        ({"legs": all_legs(age=16.0)}, "stale_book"),
        ({"legs": all_legs(age=None)}, "stale_book"),
        ({"legs": all_legs(bid=98.0)}, "wide_spread"),
        ({"legs": all_legs(bid=4.85, ask=4.9)}, "premium_too_small"),
        ({"momentum": {}}, "momentum_unknown"),
        ({"momentum": {12: 6.0}}, "flat"),
        ({"momentum": {12: 9.5, 60: -1.0}}, "momentum_mixed"),
        ({"snapshot_age": None}, "no_snapshot"),
        ({"snapshot_age": 601.0}, "stale_snapshot"),
        ({"measures": {}}, "no_direction"),
        ({"measures": {"direction": "INSUFFICIENT_DATA", "confidence": 0.0}}, "no_direction"),
        ({"measures": {"direction": "BEARISH", "confidence": 50.0}}, "against_direction"),
        ({"measures": {"direction": "NEUTRAL", "confidence": 50.0}}, "neutral"),
        ({"measures": {"direction": "BULLISH", "confidence": 19.0}}, "low_confidence"),
        (
            {
                "measures": {
                    "direction": "BULLISH",
                    "confidence": 50.0,
                    "resistance": [{"strike": 24530}],
                }
            },
            "wall_ahead",
        ),
        ({"legs": all_legs(moves={12: -0.1})}, "premium_lags"),
    ],
)
def test_each_gate_alone_keeps_it_waiting(changes, because):
    situation = rising(**changes)

    ruling = rule(situation)

    assert (ruling.decision, ruling.because) == ("WAIT", because)
    assert because in {blocked.because for blocked in shut(BEFORE_ENTERING, situation, RulePolicy())}


def test_a_wall_behind_does_not_stand_in_the_way():
    behind = {"direction": "BULLISH", "confidence": 50.0, "resistance": [{"strike": 24500}]}

    assert rule(rising(measures=behind)).decision == "ENTER"


def test_on_expiry_day_it_enters_while_there_is_time():
    assert rule(rising(days_to_expiry=0, minutes_to_close=91.0)).decision == "ENTER"


def test_without_ticks_the_chain_alone_may_lead():
    ruling = rule(rising(momentum={}), RulePolicy(needs_momentum=False))

    assert (ruling.decision, ruling.contract) == ("ENTER", CALL)


@pytest.mark.parametrize(
    ("situation", "decision", "because"),
    [
        (holding(84.9), "EXIT", "stop_hit"),
        (holding(85.0), "EXIT", "stop_hit"),
        (holding(85.05), "HOLD", "hold"),
        (holding(130.0), "EXIT", "target_hit"),
        (holding(minutes_to_close=14.9), "EXIT", "close_near"),
        (holding(legs=(), minutes_to_close=14.9), "EXIT", "close_near"),
        (holding(legs=()), "HOLD", "no_price"),
        (holding(spot_age=9.0), "HOLD", "no_price"),
        (holding(measures={"direction": "BEARISH"}), "HOLD", "hold"),
        (holding(measures={"direction": "BEARISH"}, momentum={60: -5.0}), "EXIT", "turned"),
    ],
)
def test_an_open_position_is_coached(situation, decision, because):
    ruling = rule(situation)

    assert (ruling.decision, ruling.because, ruling.contract) == (decision, because, CALL)


def test_a_position_that_goes_nowhere_is_given_up():
    position = replace(holding().position, held_minutes=45.0)

    assert rule(holding(99.0, position=position)).because == "held_too_long"
    assert rule(holding(101.0, position=position)).decision == "HOLD"


def test_the_stop_follows_the_best_price_once_the_risk_has_been_earned():
    before, after = rule(holding(114.9)), rule(holding(118.0))

    assert before.stop_loss == 85.0
    assert after.stop_loss == 103.0


@settings(deadline=None)
@given(
    entry=st.floats(5, 500),
    risk=st.floats(0.05, 0.5),
    path=st.lists(st.floats(0.3, 2.5), min_size=1, max_size=40),
)
def test_a_held_stop_never_falls_and_stays_below_the_bid(entry, risk, path):
    stop = round(entry * (1 - risk), 2)
    position = Position(CALL, 65, entry, stop, entry * 3)

    for factor in path:
        bid = entry * factor
        position = replace(position, best=max(bid, position.best or bid))
        ruling = rule(holding(bid, position=position))
        if ruling.decision == "EXIT":
            break
        assert position.stop_loss <= ruling.stop_loss < bid
        position = replace(position, stop_loss=ruling.stop_loss)


amounts = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 300)


@settings(deadline=None)
@given(
    spot=st.none() | st.floats(1, 1e6),
    bid=st.none() | st.floats(0, 1e4),
    ask=st.none() | st.floats(0, 1e4),
    momentum=st.dictionaries(st.sampled_from([5, 12, 30, 60]), st.floats(-1e4, 1e4)),
    direction=st.sampled_from([None, "BULLISH", "STRONGLY_BEARISH", "nonsense", 7]),
    confidence=amounts,
    days=st.none() | st.integers(0, 9),
)
def test_whatever_is_known_it_decides_and_an_entry_has_its_prices_in_order(
    spot, bid, ask, momentum, direction, confidence, days
):
    situation = rising(
        spot=spot,
        legs=all_legs(bid=bid, ask=ask),
        momentum=momentum,
        measures={"direction": direction, "confidence": confidence},
        days_to_expiry=days,
    )

    ruling = rule(situation)

    assert ruling == rule(situation)
    assert ruling.decision in {"ENTER", "WAIT"}
    if ruling.decision == "ENTER":
        assert 0 < ruling.stop_loss < bid <= ask == ruling.entry < ruling.target
        assert 50 <= ruling.confidence <= 95


def test_nobody_is_asked_while_nothing_could_be_entered_but_a_position_is_always_worth_it():
    assert not_worth_asking(rising(momentum={12: 1.0}), RulePolicy()).because == "flat"
    assert not_worth_asking(rising(measures={}), RulePolicy()) is None
    assert not_worth_asking(holding(momentum={12: 1.0}), RulePolicy()) is None
    assert not_worth_asking(holding(spot_age=60.0), RulePolicy()).because == "stale_spot"


def test_a_book_that_leaves_no_room_for_a_stop_is_not_entered():
    narrow = RulePolicy(widest_spread=2.0, spreads_in_stop=3.0)

    ruling = rule(rising(legs=tuple(leg(s, bid=60.0, ask=100.0) for s in (24450, 24500, 24550))), narrow)

    assert (ruling.decision, ruling.because) == ("WAIT", "no_room")
