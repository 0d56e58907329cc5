"""When a model is asked, and what the rules may do beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ai_minimal.core.asking import Asking, AskingPolicy, as_of_now, held_back, why_not_asked
from oi_common.advice import MINIMAL, Desk, fingerprint
from simulator.testing import ManualClock
from support.situations import AT, falling, holding, leg, rising

POLICY = AskingPolicy(rest=timedelta(seconds=10))


def why(it, asking=None):
    return why_not_asked(it, fingerprint(it), asking or Asking(), POLICY, MINIMAL.rules)


def asked(it):
    return Asking().asked(fingerprint(it), it)


def by_rules(it, because="llm:timeout"):
    return Desk(MINIMAL, None, ManualClock(AT)).by_rules(it, because)


def test_a_new_situation_with_open_gates_is_asked_about():
    assert why(rising()) is None


def test_a_shut_gate_saves_the_call_and_says_its_name():
    assert why(rising(momentum={12: 0.5})) == "gate:flat"


def test_nobody_is_asked_while_an_answer_is_awaited():
    assert why(falling(), asked(rising())) == "asking"


def test_nobody_is_asked_about_the_same_again():
    known = replace(asked(rising()), is_under_way=False)

    assert why(rising(at=AT + timedelta(minutes=5), spot=24513.0), known) == "unchanged"


def test_between_two_questions_there_is_a_rest():
    known = replace(asked(rising()), is_under_way=False)

    assert why(falling(at=AT + timedelta(seconds=9)), known) == "resting"
    assert why(falling(at=AT + timedelta(seconds=10)), known) is None


def test_in_a_position_the_rest_is_longer():
    known = replace(asked(rising()), is_under_way=False)

    assert why(holding(at=AT + timedelta(seconds=29)), known) == "resting"
    assert why(holding(at=AT + timedelta(seconds=30)), known) is None


def test_an_exit_by_the_rules_is_not_put_off_for_a_question():
    assert why(holding(bid=80.0)) == "rules_exit"


def test_a_held_position_is_asked_about():
    assert why(holding()) is None


@pytest.mark.parametrize(
    ("because", "may"),
    [("llm:timeout", True), ("llm:budget_spent", True), ("lock:unlisted_strike", False), (None, False)],
)
def test_the_rules_enter_alone_only_after_a_question_without_an_answer(because, may):
    decided = replace(by_rules(rising()), rejected_because=because)

    asking = asked(rising()).heard(decided)

    assert asking.rules_may_enter is may
    assert asking.asked("another", rising()).rules_may_enter is False


def test_an_entry_that_is_the_models_becomes_a_labelled_wait():
    decided = held_back(by_rules(rising(), "unchanged"))

    assert (decided.event.decision, decided.because, decided.rejected_because) == (
        "WAIT",
        "held_back",
        "unchanged",
    )
    assert decided.event.entry is None
    assert decided.event.event_id == by_rules(rising()).event.event_id


def test_a_late_fallback_enters_only_what_the_rules_still_would():
    decided = by_rules(rising())

    assert as_of_now(decided, rising(at=AT + timedelta(seconds=3)), MINIMAL.rules) is decided
    for now in (falling(), holding(), rising(momentum={12: 0.1}), rising(legs=(leg(24550),))):
        assert as_of_now(decided, now, MINIMAL.rules).event.decision == "WAIT"


def test_what_an_overtaken_decision_cost_stays_with_it():
    paid = by_rules(rising())
    paid = replace(paid, event=paid.event.model_copy(update={"latency_ms": 800.0, "cost_inr": 0.02}))

    overtaken = as_of_now(paid, falling(), MINIMAL.rules)

    assert (overtaken.because, overtaken.event.latency_ms, overtaken.event.cost_inr) == (
        "overtaken",
        800.0,
        0.02,
    )


def test_a_models_answer_is_left_to_the_lock():
    decided = by_rules(rising())
    of_model = replace(decided, event=decided.event.model_copy(update={"engine": "llm"}))

    assert as_of_now(of_model, falling(), MINIMAL.rules) is of_model
