"""The circuit breaker and the retries: pure rules, time given."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.llm.breaker import BreakerPolicy, Circuit
from oi_common.llm.replies import Failure
from oi_common.llm.retrying import RetryPolicy, pause_before_retry

AT = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
POLICY = BreakerPolicy(failures=3, rest=timedelta(seconds=30), longest=timedelta(seconds=100))


def failed(circuit, times, at=AT):
    for _ in range(times):
        circuit = circuit.failing(at, POLICY)
    return circuit


def may_pass(circuit, at):
    return circuit.asked(at, POLICY)[1]


def test_it_opens_after_so_many_failures_in_a_row():
    assert failed(Circuit(), 2).state(AT) == "closed"
    assert failed(Circuit(), 3).state(AT) == "open"


def test_a_success_forgets_the_failures():
    assert failed(failed(Circuit(), 2).succeeded(), 2).state(AT) == "closed"


def test_while_open_nobody_passes_and_then_one_at_a_time():
    opened, later = failed(Circuit(), 3), AT + POLICY.rest

    assert not may_pass(opened, later - timedelta(milliseconds=1))
    tried, first = opened.asked(later, POLICY)
    assert first
    assert not may_pass(tried, later)
    assert may_pass(tried.untried(), later)
    assert may_pass(tried, later + POLICY.trial)


def test_each_failed_trial_doubles_the_rest_up_to_the_longest():
    circuit, at, rests = failed(Circuit(), 3), AT, []
    for _ in range(4):
        rests.append((circuit.opens_until - at).total_seconds())
        at = circuit.opens_until
        circuit = failed(circuit.asked(at, POLICY)[0], 1, at)

    assert rests == [30, 60, 100, 100]


def test_a_trial_that_succeeds_closes_it():
    opened = failed(Circuit(), 3)

    assert opened.asked(AT + POLICY.rest, POLICY)[0].succeeded().state(AT) == "closed"


@settings(deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["ask", "fail", "succeed"]), st.integers(0, 200)), max_size=60)
)
def test_an_open_circuit_lets_nobody_pass_before_its_time(steps):
    circuit, at = Circuit(), AT

    for step, seconds in steps:
        at += timedelta(seconds=seconds)
        if step == "ask":
            is_open = circuit.opens_until is not None and at < circuit.opens_until
            circuit, passed = circuit.asked(at, POLICY)
            assert not (passed and is_open)
        else:
            circuit = circuit.failing(at, POLICY) if step == "fail" else circuit.succeeded()
        assert circuit.opens_until is None or circuit.opens_until <= at + POLICY.longest


@pytest.mark.parametrize(
    ("because", "attempt", "retry_after", "pause"),
    [
        ("rate_limited", 1, None, 1.0),
        ("rate_limited", 2, None, 2.0),
        ("rate_limited", 1, 3.0, 3.0),
        ("rate_limited", 1, 0.0, 0.25),
        ("rate_limited", 1, 60.0, None),
        ("rate_limited", 3, None, None),
        ("server_error", 1, None, 0.25),
        ("server_error", 2, None, 0.5),
        ("network", 1, None, 0.25),
        ("timeout", 1, None, None),
        ("refused", 1, None, None),
        ("wrong_schema", 1, None, None),
        ("budget_spent", 1, None, None),
        ("circuit_open", 1, None, None),
    ],
)
def test_what_passes_by_itself_is_tried_again_and_nothing_else(because, attempt, retry_after, pause):
    failure = Failure(because, retry_after=retry_after)

    assert pause_before_retry(failure, attempt, 10.0, RetryPolicy()) == pause


@settings(deadline=None)
@given(
    remaining=st.floats(0, 100),
    retry_after=st.none() | st.floats(0, 1e6),
    attempt=st.integers(1, 5),
)
def test_a_pause_never_exceeds_the_callers_time(remaining, retry_after, attempt):
    failure = Failure("rate_limited", retry_after=retry_after)

    pause = pause_before_retry(failure, attempt, remaining, RetryPolicy())

    assert pause is None or 0 < pause < remaining
