from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.exchange_clock import (
    FINISHES,
    Reading,
    awaited,
    begun,
    released,
    resumed,
    stepped,
    stopped,
)

DAY = date(2026, 11, 18)
START, END, REAL = 1_000_000.0, 1_030_000.0, 50_000.0


def running(speed=60.0, limit=END):
    return Reading(START, REAL, speed, limit, DAY)


def test_time_runs_at_its_speed_up_to_its_limit():
    reading = running(limit=START + 90)

    assert reading.at(REAL + 1) == START + 60
    assert reading.at(REAL + 2) == START + 90


def test_nothing_moves_before_the_first_step():
    reading = begun(START, REAL, speed=60, day=DAY)

    assert reading.at(REAL + 100) == START


def test_without_pacers_time_runs_to_the_end_of_the_day():
    reading = stepped(begun(START, REAL, speed=60, day=DAY), None, REAL, end=END)

    assert reading.limit == END
    assert reading.at(REAL + 10_000) == END


def test_at_full_speed_nobody_but_a_pacer_moves_time():
    reading = begun(START, REAL, speed=0, day=DAY)

    assert stepped(reading, None, REAL + 1, end=END).at(REAL + 2) == START
    assert stepped(reading, START + 20, REAL + 1, end=END).at(REAL + 1.001) == START + 20


def test_the_living_pacers_are_asked_and_the_dead_are_not():
    waits = {"a": f"{START + 20} {REAL}", "b": f"{START + 40} {REAL - 2.9}", "c": f"{START} {REAL - 3}"}

    assert sorted(awaited(waits, REAL)) == [START + 20, START + 40]


@pytest.mark.parametrize("malformed", ["", "x y", "1", "1 2 3"])
def test_a_malformed_wait_paces_nothing(malformed):
    assert awaited({"a": malformed}, REAL) == []


def test_a_short_hold_is_made_up_for():
    held = stepped(running(limit=START + 20), START + 20, REAL + 1, end=END)
    assert held.at(REAL + 1) == START + 20

    freed = stepped(held, START + 500, REAL + 1, end=END)

    assert freed.at(REAL + 1) == START + 60


def test_a_long_hold_is_not_made_up_for():
    held = running(limit=START + 20)

    freed = stepped(held, START + 500, REAL + 10, end=END)

    assert freed.at(REAL + 10) == START + 20
    assert freed.at(REAL + 11) == START + 80


def test_a_pacer_that_comes_late_holds_time_where_it_is():
    reading = stepped(running(), START + 20, REAL + 1, end=END)

    assert reading.at(REAL + 1) == reading.limit == START + 60


def test_the_day_ends_and_says_so():
    nearly = stepped(running(), None, REAL + 499, end=END)
    over = stepped(nearly, None, REAL + 600, end=END)

    assert (nearly.state, over.state) == ("running", "ended")
    assert over.at(REAL + 10_000) == END


def test_past_its_end_a_day_that_lets_finish_goes_on_for_who_is_at_work():
    over = stepped(running(), None, REAL + 600, end=END, lets_finish=True)

    at_work = stepped(over, END + 2, REAL + 700, end=END, lets_finish=True)
    further = stepped(at_work, END + 4, REAL + 701, end=END, lets_finish=True)

    assert (at_work.limit, further.limit) == (END + 2, END + 4)
    assert further.state == "ended"
    assert at_work.at(REAL + 700) == END  # what stood still is not made up for


@pytest.mark.parametrize("permit", [END + FINISHES + 1, None])
def test_past_its_end_a_day_stands_still_when_nobody_has_anything_to_do_soon(permit):
    over = stepped(running(), None, REAL + 600, end=END, lets_finish=True)

    still = stepped(over, permit, REAL + 700, end=END, lets_finish=True)

    assert still.at(REAL + 10_000) == END


def test_an_end_that_was_set_is_meant_as_it_stands():
    over = stepped(running(), None, REAL + 600, end=END)

    assert stepped(over, END + 2, REAL + 700, end=END).at(REAL + 800) == END


def test_a_restart_goes_on_where_readers_are_and_holds_until_the_first_step():
    again = resumed(running(), REAL + 10, speed=1)

    assert again.at(REAL + 10) == again.at(REAL + 100) == START + 600
    assert again.speed == 1


def test_what_is_released_begins_now():
    held = begun(START, REAL, speed=60, day=DAY)

    freed = stepped(released(held, REAL + 30), START + 300, REAL + 30, end=END)

    assert freed.at(REAL + 30) == START
    assert freed.at(REAL + 31) == START + 60


def test_a_stopped_clock_stands_still():
    standing = stopped(running(), REAL + 1)

    assert standing.at(REAL + 1) == standing.at(REAL + 1000) == START + 60


def test_a_reading_survives_its_publication():
    reading = Reading(START + 1 / 3, REAL + 0.1, 60.0, END, DAY, "ended")

    assert Reading.of_fields(reading.as_fields()) == reading


@pytest.mark.parametrize("missing", ["sim", "real", "speed", "limit", "day", "state"])
def test_half_a_reading_is_none(missing):
    fields = running().as_fields()
    del fields[missing]

    with pytest.raises(KeyError):
        Reading.of_fields(fields)


steps = st.lists(st.tuples(st.floats(0, 20), st.none() | st.floats(START - 500, END + 500)), max_size=40)


@given(steps, st.sampled_from([0, 1, 60, 3600]))
def test_time_never_goes_back_nor_past_a_limit(moves, speed):
    reading, real = begun(START, REAL, speed=speed, day=DAY), REAL
    for elapsed, permit in moves:
        real += elapsed
        before = reading.at(real)
        reading = stepped(reading, permit, real, end=END)
        now = reading.at(real)
        assert before <= now <= max(END, before)
        assert permit is None or now <= max(before, permit)
