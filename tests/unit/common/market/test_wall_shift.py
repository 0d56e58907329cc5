"""The first wall moves late and on purpose: by a margin, twice."""

import pytest

from oi_common.market.wall_shift import HeldWall, wall_shift
from oi_common.market.walls import Wall

MARGIN = 0.05


def seen(*rows):
    return tuple(Wall(strike, oi, strength=0.1) for strike, oi in rows)


OLD = seen((100, 50), (110, 49))
NARROW = seen((110, 52), (100, 50))
WIDE = seen((110, 55), (100, 50))


def held(*series):
    return wall_shift(series, MARGIN)


def test_a_wall_stands_from_the_first_bucket_that_has_one():
    assert held() == []
    assert held(None, OLD) == [HeldWall(skipped=1), HeldWall(100)]


def test_a_lead_below_the_margin_never_moves_the_wall():
    assert [wall.strike for wall in held(OLD, NARROW, NARROW, NARROW)] == [100, 100, 100, 100]


def test_the_second_bucket_in_a_row_by_the_margin_moves_it():
    assert held(OLD, WIDE, WIDE, WIDE) == [
        HeldWall(100),
        HeldWall(100, challenger=110, led=1),
        HeldWall(110, shifted_from=100),
        HeldWall(110),
    ]


@pytest.mark.parametrize("between", [OLD, NARROW, seen((120, 90), (100, 50))])
def test_a_lead_that_is_broken_begins_anew(between):
    found = held(OLD, WIDE, between, WIDE)

    assert found[-1] == HeldWall(100, challenger=110, led=1)


def test_buckets_that_are_missing_inside_a_lead_are_skipped_and_told():
    assert held(OLD, WIDE, None, (), WIDE)[2:] == [
        HeldWall(100, challenger=110, led=1, skipped=1),
        HeldWall(100, challenger=110, led=1, skipped=2),
        HeldWall(110, shifted_from=100, skipped=2),
    ]


def test_a_wall_that_is_among_the_three_no_more_is_led_by_any_strike():
    crowd = seen((110, 50), (120, 50), (130, 50))

    assert [wall.strike for wall in held(OLD, crowd, crowd)] == [100, 100, 110]


def test_a_wall_that_the_money_crossed_is_led_however_much_it_holds():
    crossed = (Wall(110, 20, 0.2, is_beyond=False), Wall(100, 50, 0.5, is_beyond=True))

    assert [wall.strike for wall in held(OLD, crossed, crossed)] == [100, 100, 110]
