from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.ticking import TickSchedule, is_trading
from simulator.testing import moment

INDEX = ("NSE", "99926000")
OPTIONS = [("NFO", str(token)) for token in range(20)]
NOTHING = frozenset()


def test_an_instrument_ticks_once_a_second():
    schedule = TickSchedule(1000)

    assert schedule.due(OPTIONS, NOTHING, moment(10), 0.02) == OPTIONS
    assert schedule.due(OPTIONS, NOTHING, moment(10), 0.02) == []
    assert schedule.due(OPTIONS, NOTHING, moment(10, 0, 1), 0.02) == OPTIONS


def test_indexes_go_first():
    schedule = TickSchedule(3)

    due = schedule.due([*OPTIONS, INDEX], frozenset([INDEX]), moment(10), 0.0)

    assert due == [INDEX, *OPTIONS[:2]]


def test_who_has_waited_longest_goes_next():
    schedule = TickSchedule(5)
    heard = []

    for second in range(8):
        heard += schedule.due([*OPTIONS, INDEX], frozenset([INDEX]), moment(10, 0, second), 1.0)

    assert set(heard) == {*OPTIONS, INDEX}
    assert heard.count(INDEX) == 8


def test_nobody_ticks_outside_the_session():
    schedule = TickSchedule(1000)

    assert schedule.due(OPTIONS, NOTHING, moment(9, 14, 59), 1.0) == []
    assert schedule.due(OPTIONS, NOTHING, moment(15, 40), 1.0) == []
    assert schedule.due(OPTIONS, NOTHING, moment(9, 15), 1.0) == OPTIONS


@pytest.mark.parametrize(
    ("exchange", "at", "trades"),
    [
        ("NSE", moment(15, 29, 59), True),
        ("NSE", moment(15, 30), False),
        ("BSE", moment(12), True),
        ("NFO", moment(15, 39, 59), True),
        ("BFO", moment(15, 40), False),
        ("MCX", moment(22), True),
        ("MCX", moment(8, 59, 59), False),
    ],
)
def test_each_exchange_has_its_hours(exchange, at, trades):
    assert is_trading(exchange, at) is trades


@given(st.lists(st.floats(0, 0.5), max_size=100), st.integers(1, 50))
def test_ticks_never_exceed_their_budget(elapses, most):
    schedule = TickSchedule(most)

    ticks = [
        len(schedule.due(OPTIONS, NOTHING, moment(10) + timedelta(seconds=beat), elapsed))
        for beat, elapsed in enumerate(elapses)
    ]

    assert sum(ticks) <= most * (1 + sum(elapses)) + 1e-6
