"""The evidence lock: an answer passes only when everything checkable in it is borne out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.advice import LockPolicy, check, evidence_of
from oi_common.advice.answers import Advice, RichAdvice
from oi_common.advice.lock import accepted
from oi_common.market.chain import Contract
from support.situations import AT, STRIKES, holding, leg, legs, rising

FLAT = evidence_of(rising())
HELD = evidence_of(holding())
ENTER = {
    "as_of": FLAT.as_of,
    "decision": "ENTER",
    "side": "CE",
    "strike": 24500,
    "entry": 101.5,
    "stop_loss": 86.0,
    "target": 131.0,
    "confidence": 65.0,
    "reason": "Spot 24512 moved 9.5 in 12 s",
    "evidence": ["spot", "momentum.12s", "leg.24500CE.ask"],
}
WAIT = {
    "as_of": FLAT.as_of,
    "decision": "WAIT",
    "confidence": 50.0,
    "reason": "Nothing",
    "evidence": ["spot"],
}
RICH = {
    **ENTER,
    "view": "Support at 24400",
    "strategy": "Buy",
    "risk": "Below 24400",
    "levels": [24400, 24600],
}


def advice(of=None, **changes):
    return Advice.model_validate({**(of or ENTER), **changes})


def test_an_entry_that_the_facts_bear_out_passes_and_becomes_the_ruling():
    assert check(advice(), FLAT) is None

    ruling = accepted(advice(), FLAT)

    assert (ruling.decision, ruling.contract, ruling.entry) == ("ENTER", Contract(24500, "CE"), 101.5)
    assert (ruling.stop_loss, ruling.target, ruling.confidence) == (86.0, 131.0, 65.0)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"as_of": "2026-11-18T10:55:15"}, "out_of_date"),
        ({"confidence": 100.1}, "confidence_out_of_range"),
        ({"confidence": -1.0}, "confidence_out_of_range"),
        ({"evidence": []}, "no_evidence"),
        ({"evidence": ["spot", "news.rumour"]}, "unknown_evidence"),
        ({"strike": None}, "incomplete"),
        ({"side": None}, "incomplete"),
        ({"entry": None}, "incomplete"),
        ({"stop_loss": None}, "incomplete"),
        ({"target": None}, "incomplete"),
        ({"strike": 24507}, "unlisted_strike"),
        ({"entry": 103.0}, "entry_outside_book"),
        ({"entry": 99.0}, "entry_outside_book"),
        ({"stop_loss": 101.5}, "stop_not_below_entry"),
        ({"stop_loss": 0.0}, "stop_not_below_entry"),
        ({"target": 101.5}, "target_not_above_entry"),
        ({"target": 1e8}, "target_not_above_entry"),
        ({"reason": "PCR 1.9"}, "number_not_in_evidence"),
        ({"decision": "HOLD"}, "no_position"),
        ({"decision": "EXIT"}, "no_position"),
    ],
)
def test_an_entry_with_one_fault_is_caught_by_its_name(changes, because):
    assert check(advice(**changes), FLAT) == because


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"decision": "ENTER", "entry": 101.5, "stop_loss": 86.0, "target": 131.0}, "position_open"),
        ({"decision": "EXIT", "strike": 24400, "side": "PE"}, "another_position"),
        ({"decision": "HOLD", "stop_loss": 84.0}, "stop_lowered"),
        ({"decision": "HOLD", "stop_loss": 104.0}, "stop_not_below_entry"),
        ({"decision": "HOLD", "target": 103.0}, "target_not_above_entry"),
        ({"decision": "HOLD", "stop_loss": 95.0, "target": 140.0}, None),
        ({"decision": "EXIT"}, None),
        ({"decision": "WAIT"}, None),
    ],
)
def test_with_a_position_open_only_its_own_coaching_passes(changes, because):
    assert check(advice(WAIT, **{"side": "CE", "strike": 24500, **changes}), HELD) == because


def test_a_held_position_gives_the_ruling_its_contract():
    ruling = accepted(advice(WAIT, decision="EXIT", entry=-5.0), HELD)

    assert (ruling.contract, ruling.entry) == (Contract(24500, "CE"), None)


def test_an_answer_that_comes_too_late_or_to_another_market_is_caught():
    moved = evidence_of(rising(spot=24540.0))

    assert check(advice(), FLAT, at=AT + timedelta(seconds=15)) is None
    assert check(advice(), FLAT, at=AT + timedelta(seconds=16)) == "too_late"
    assert check(advice(), FLAT, now=moved) == "market_moved"
    assert check(advice(), FLAT, now=moved, policy=LockPolicy(spot_moved=0.01)) is None


def test_the_entry_is_held_against_the_book_of_now():
    dearer = evidence_of(rising(legs=tuple(replace(each, bid=109.7, ask=110.0) for each in legs())))
    gone = evidence_of(rising(legs=()))

    assert check(advice(), FLAT, now=dearer) == "entry_outside_book"
    assert check(advice(), FLAT, now=gone) == "no_book"


def test_a_contract_that_was_not_shown_cannot_be_entered():
    shown = evidence_of(rising(legs=(leg(24500, "CE"),)))

    assert check(advice(side="PE"), shown, now=FLAT) == "no_book"


def test_the_texts_and_levels_of_a_rich_answer_are_held_to_the_facts_too():
    assert check(RichAdvice.model_validate(RICH), FLAT) is None
    for name in ("view", "strategy", "risk"):
        assert check(RichAdvice.model_validate({**RICH, name: "24750"}), FLAT) == "number_not_in_evidence"
    assert check(RichAdvice.model_validate({**RICH, "levels": [24433]}), FLAT) == "level_not_in_evidence"


@settings(deadline=None)
@given(
    strike=st.none() | st.integers(1, 2**31 - 1),
    side=st.sampled_from(["CE", "PE", None]),
    prices=st.tuples(*[st.none() | st.floats(-1e9, 1e9)] * 3),
    decision=st.sampled_from(["ENTER", "HOLD", "EXIT", "WAIT"]),
    confidence=st.floats(-200, 200),
    is_held=st.booleans(),
)
def test_whatever_a_model_says_only_a_trade_that_could_be_done_passes(
    strike, side, prices, decision, confidence, is_held
):
    entry, stop_loss, target = prices
    said = advice(
        decision=decision,
        strike=strike,
        side=side,
        entry=entry,
        stop_loss=stop_loss,
        target=target,
        confidence=confidence,
    )

    because = check(said, HELD if is_held else FLAT)

    if because is None:
        assert 0 <= confidence <= 100
        assert (decision in {"HOLD", "EXIT"}) <= is_held
        if decision == "ENTER":
            assert strike in STRIKES
            assert 0 < stop_loss < entry < target
            assert 100 < entry < 103
