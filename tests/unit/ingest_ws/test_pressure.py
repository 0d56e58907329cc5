"""When ticks are refused, and how many may go out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.adapters.gate import TickGate
from ingest_ws.core.pressure import Memory, PressurePolicy, is_pressing, room_for_ticks

POLICY = PressurePolicy()
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("used", "was_pressing", "pressing"),
    [
        (79, False, False),
        (84, False, False),
        (85, False, True),
        (101, False, True),
        (84, True, True),
        (80, True, True),
        (79, True, False),
    ],
)
def test_ticks_are_refused_from_85_percent_until_below_80(used, was_pressing, pressing):
    assert is_pressing(Memory(used, 100), was_pressing=was_pressing, policy=POLICY) is pressing


def test_a_redis_without_a_limit_is_never_short():
    memory = Memory(10**12, 0)

    assert not is_pressing(memory, was_pressing=False, policy=POLICY)
    assert not is_pressing(memory, was_pressing=True, policy=POLICY)
    assert room_for_ticks(memory, POLICY) is None


@given(used=st.integers(0, 2**40), most=st.integers(1, 2**40))
def test_what_may_go_out_until_the_next_look_leaves_the_room_for_polls(used, most):
    room = room_for_ticks(Memory(used, most), POLICY)

    assert room == 0 or used + room * POLICY.bytes_of_a_tick <= POLICY.never_beyond * most


def test_what_may_go_out_below_the_limit_is_enough_to_reach_it():
    room = room_for_ticks(Memory(84 * MIB, 100 * MIB), POLICY)

    assert room * POLICY.bytes_of_a_tick > MIB


def test_memory_reads_as_a_person_says_it():
    assert str(Memory(435 * MIB, 512 * MIB)) == "435.0 of 512.0 MiB (85%)"


def test_an_open_gate_lets_pass_what_there_is_room_for_until_it_is_told_again():
    gate = TickGate()

    gate.open(700)

    assert [gate.admitted(500), gate.admitted(500), gate.admitted(500)] == [500, 200, 0]
    assert gate.holds_back
    gate.open(None)
    assert [gate.admitted(500), gate.admitted(500)] == [500, 500]


def test_a_closed_gate_lets_nothing_pass():
    gate = TickGate()

    gate.close()

    assert gate.is_closed
    assert gate.admitted(500) == 0
