"""The grade of a day, against values worked out by hand."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.completeness import Cell, Kind
from oi_common.market.grades import Grade, grade_of, score_of, worst

AT = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 - wall time as the tables hold it


def cell(kind=Kind.LIVE, *, slots=9, missed=0, has_candle=True):
    return Cell(AT, kind, slots=slots, missed=missed, has_candle=has_candle)


def graded(score, *, has_missing=False, is_broken=False):
    return grade_of(score, has_missing=has_missing, is_broken=is_broken)


@pytest.mark.parametrize(
    ("of", "points"),
    [
        (cell(), 1),
        (cell(Kind.QUIET), 1),
        (cell(has_candle=False), 0.9),
        (cell(Kind.REPAIRED, missed=9), 0.9),
        (cell(Kind.REPAIRED, missed=9, has_candle=False), 0.8),
        (cell(Kind.UNSEALED, has_candle=False), 0.8),
        (cell(missed=3), 0.9),
        (cell(missed=9), 0.7),
        (cell(slots=0), 1),
        (cell(Kind.MISSING, missed=9), 0),
    ],
)
def test_a_bucket_is_a_point_less_what_it_lacks(of, points):
    assert score_of([of]) == pytest.approx(100 * points)


def test_a_day_is_the_mean_of_its_buckets_and_what_is_underway_is_left_out():
    day = [cell(), cell(Kind.MISSING), cell(Kind.REPAIRED), cell(), cell(Kind.UNDERWAY)]

    assert score_of(day) == pytest.approx(100 * 2.9 / 4)
    assert score_of([cell(Kind.UNDERWAY)]) is None


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, "A+"),
        (99.9, "A+"),
        (99.8, "A"),
        (98, "A"),
        (97.9, "B"),
        (95, "B"),
        (94, "C"),
        (90, "C"),
        (89, "D"),
        (75, "D"),
        (74.9, "F"),
        (0, "F"),
    ],
)
def test_a_score_has_its_grade(score, grade):
    assert graded(score) == grade


def test_one_missing_bucket_of_129_is_no_a_and_a_broken_check_no_c():
    score = score_of([cell()] * 128 + [cell(Kind.MISSING)])

    assert score == pytest.approx(99.2248, abs=1e-4)
    assert graded(score) == Grade.A
    assert graded(score, has_missing=True) == Grade.B
    assert graded(100, is_broken=True) == Grade.D
    assert graded(50, has_missing=True, is_broken=True) == Grade.F


def test_three_missed_polls_of_a_day_leave_a_plus_and_four_do_not():
    for polls, grade in ((3, Grade.A_PLUS), (4, Grade.A)):
        assert graded(score_of([cell()] * (129 - polls) + [cell(missed=1)] * polls)) == grade


def test_a_day_told_wholly_afterwards_is_a_c():
    assert graded(score_of([cell(Kind.REPAIRED)] * 129)) == Grade.C


@given(st.lists(st.sampled_from([k for k in Kind if k is not Kind.UNDERWAY]), min_size=1), st.integers(0, 9))
def test_a_score_lies_between_0_and_100_and_a_missing_bucket_never_raises_it(of_kinds, missed):
    day = [cell(kind, missed=missed) for kind in of_kinds]

    assert 0 <= score_of(day) <= 100
    assert score_of([*day, cell(Kind.MISSING)]) <= score_of(day)


def test_the_worst_of_grades_and_what_is_at_least_another():
    assert worst([Grade.A, Grade.C, Grade.A_PLUS]) == Grade.C
    assert Grade.A_PLUS.is_at_least(Grade.A)
    assert Grade.B.is_at_least(Grade.B)
    assert not Grade.F.is_at_least(Grade.D)
