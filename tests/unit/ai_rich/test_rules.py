"""The rules of the deep loop: it enters only where chain, signal and window agree."""

import pytest

from ai_rich.settings import POLICY
from oi_common.advice import rule
from support.situations import falling, rising

UP = {**rising().measures, "trade_signal": "BUY", "timeframes": {"15m": {"direction": "bullish"}}}
DOWN = {**falling().measures, "trade_signal": "SELL", "timeframes": {"15m": {"direction": "bearish"}}}


def ruled(situation=rising, **measures):
    base = DOWN if situation is falling else UP
    return rule(situation(measures={**base, **measures}, momentum={}), POLICY.rules)


@pytest.mark.parametrize(("situation", "side"), [(rising, "CE"), (falling, "PE")])
def test_it_enters_when_all_agree(situation, side):
    ruling = ruled(situation)

    assert (ruling.decision, ruling.contract.side) == ("ENTER", side)


@pytest.mark.parametrize(
    ("measures", "because"),
    [
        ({"direction": "MILDLY_BULLISH"}, "neutral"),
        ({"direction": "INSUFFICIENT_DATA"}, "no_direction"),
        ({"trade_signal": "HOLD"}, "signal_differs"),
        ({"trade_signal": "SELL"}, "signal_differs"),
        ({"trade_signal": None}, "signal_differs"),
        ({"timeframes": {"15m": {"direction": "mildly_bearish"}}}, "window_differs"),
        ({"timeframes": {"3m": {"direction": "bearish"}}}, "window_differs"),
    ],
)
def test_it_waits_when_one_of_them_does_not(measures, because):
    ruling = ruled(**measures)

    assert (ruling.decision, ruling.because) == ("WAIT", because)


@pytest.mark.parametrize(
    "frames",
    [
        None,
        {},
        {"15m": {"direction": "mixed"}},
        {"15m": {"direction": "bullish"}, "3m": {"direction": "bearish"}},
    ],
)
def test_a_window_that_says_nothing_against_it_does_not_stand_in_the_way(frames):
    assert ruled(timeframes=frames).decision == "ENTER"


def test_the_one_second_loop_asks_for_no_signal():
    assert rule(rising(measures={**UP, "trade_signal": "HOLD"})).decision == "ENTER"
