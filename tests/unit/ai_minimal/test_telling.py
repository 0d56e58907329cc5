"""Which decisions are published, and for which seconds they are made."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_minimal.core.beats import beat_at, due_after
from ai_minimal.core.telling import TellingPolicy, told_by, worth_telling
from oi_common.events import DecisionMade
from oi_common.market.buckets import IST
from oi_common.market.sessions import session_at
from support.situations import AT

POLICY = TellingPolicy()


def decision(kind="WAIT", after=0, **said):
    return DecisionMade(
        loop="minimal", engine="rules", index_name="NIFTY", event_time=AT + timedelta(seconds=after), decision=kind,
        reason="", **said,
    )  # fmt: skip


def why(event, last=None):
    return worth_telling(event, told_by(last) if last else None, POLICY)


def ist(hour, minute, second=0, *, day=18):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=IST)


def test_the_first_decision_and_every_other_one_than_the_last_is_told():
    assert why(decision()) == "changed"
    assert why(decision("HOLD", 1, side="CE", strike=24500), decision()) == "changed"
    assert (
        why(decision("HOLD", 1, side="PE", strike=24500), decision("HOLD", side="CE", strike=24500))
        == "changed"
    )


def test_the_same_again_is_told_once_a_minute():
    assert why(decision(after=59), decision()) is None
    assert why(decision(after=60), decision()) == "heartbeat"


@pytest.mark.parametrize("kind", ["ENTER", "EXIT"])
def test_what_is_still_to_be_done_is_told_again_before_long(kind):
    said = {"side": "CE", "strike": 24500}

    assert why(decision(kind, 9, **said), decision(kind, **said)) is None
    assert why(decision(kind, 10, **said), decision(kind, **said)) == "to_do"


def test_a_stop_that_moves_is_not_another_decision():
    held = {"side": "CE", "strike": 24500}

    assert why(decision("HOLD", 1, stop_loss=91.0, **held), decision("HOLD", stop_loss=90.0, **held)) is None


def test_what_was_paid_for_is_always_told():
    assert why(decision(after=1, latency_ms=800.0), decision()) == "asked"


@given(st.lists(st.sampled_from(["WAIT", "ENTER", "HOLD"]), max_size=400))
def test_nobody_waits_longer_than_a_minute_for_a_sign_of_life(kinds):
    told = None
    for second, kind in enumerate(kinds):
        event = decision(kind, second)
        if worth_telling(event, told, POLICY) is not None:
            told = told_by(event)
        assert AT + timedelta(seconds=second) - told.at < timedelta(minutes=1)
        assert told.decision == kind


def test_an_answer_about_an_earlier_second_does_not_set_the_time_back():
    assert told_by(decision()).not_before(AT + timedelta(seconds=3)).at == AT + timedelta(seconds=3)
    assert told_by(decision(after=5)).not_before(AT).at == AT + timedelta(seconds=5)


def test_a_beat_is_about_the_second_that_it_is_and_counts_those_before():
    due = ist(11, 0, 15)

    assert beat_at(due + timedelta(milliseconds=4), due) == (due, 0)
    assert beat_at(due + timedelta(seconds=7.4), due) == (ist(11, 0, 22), 7)


def test_a_clock_that_is_a_hair_early_does_not_decide_about_the_second_before():
    assert beat_at(ist(11, 0, 15) - timedelta(microseconds=1), ist(11, 0, 15)) == (ist(11, 0, 15), 0)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (ist(11, 0, 15), ist(11, 0, 16)),
        (ist(8, 0), ist(9, 15)),
        (ist(9, 14, 59), ist(9, 15)),
        (ist(18, 0), ist(9, 15, day=19)),
        (ist(18, 0, day=20), ist(9, 15, day=23)),
    ],
)
def test_a_beat_is_due_each_second_of_the_session(at, due):
    assert due_after("NFO", at) == due


@given(
    st.integers(0, 360 * 86_400_000).map(
        lambda ms: ist(0, 0) - timedelta(days=320) + timedelta(milliseconds=ms)
    )
)
def test_the_next_beat_always_lies_ahead_on_a_full_second_of_a_session(at):
    due = due_after("NFO", at)

    assert due > at
    assert due.microsecond == 0
    assert session_at("NFO", due) is not None
    assert due.date() - at.date() < date(2026, 1, 12) - date(2026, 1, 1)
