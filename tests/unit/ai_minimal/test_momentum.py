"""How the index and its premiums moved, and what a fast simulated clock makes of it."""

from dataclasses import replace
from datetime import timedelta

from ai_minimal.core.situations import situation
from oi_common.market.chain import Contract
from support.ai_minimal import AT, EXPIRY, option, rising_ticks, seen, session, snapshot, spot


def test_momentum_is_spot_less_what_it_was():
    it = situation(
        seen(spot(24500, 60), spot(24503, 30), spot(24506, 12), spot(24508, 5), spot(24512)), session(), AT
    )

    assert it.momentum == {5: 4.0, 12: 6.0, 30: 9.0, 60: 12.0}
    assert (it.spot, it.spot_age) == (24512, 0)


def test_momentum_is_unknown_where_nobody_watched():
    it = situation(seen(spot(24500, 14), spot(24512)), session(), AT)

    assert it.momentum == {12: 12.0, 5: 12.0}


def test_a_price_from_before_an_outage_is_no_momentum():
    it = situation(seen(spot(24400, 50), spot(24512)), session(), AT)

    assert it.momentum == {}


def test_premiums_at_the_money_have_their_moves():
    it = situation(seen(spot(), option(24500, "CE", 98.0, 12), option(24500, "CE", 101.5)), session(), AT)

    assert it.leg(Contract(24500, "CE")).moves == {12: 3.5, 5: 3.5}


def test_a_new_day_begins_without_momentum():
    of_yesterday = seen(*rising_ticks())
    of_yesterday.ticks.forget_before(EXPIRY + timedelta(days=1))

    it = situation(of_yesterday, session(), AT)

    assert (it.momentum, it.strikes, it.expiry) == ({}, (), None)


def test_what_a_fast_clock_runs_ahead_of_its_ticks_makes_none_old():
    known = seen(spot(24500, 40), spot(24512, 18), option(24500, "CE", ago=62))

    it = situation(replace(known, lag=timedelta(seconds=15)), session(), AT)

    assert (it.spot_age, it.leg(Contract(24500, "CE")).age, it.leg(Contract(24500, "CE")).has_book) == (
        3.0,
        47.0,
        True,
    )


def test_moves_on_a_fast_clock_are_those_up_to_the_newest_tick():
    # given: ticks that have been on their way for ten seconds, of a clock that may run fifteen ahead
    late = rising_ticks(AT - timedelta(seconds=10))
    in_time = situation(seen(*rising_ticks(), snapshots=(snapshot(),)), session(), AT)

    it = situation(replace(seen(*late, snapshots=(snapshot(),)), lag=timedelta(seconds=15)), session(), AT)

    assert it.momentum == in_time.momentum == {5: 4.0, 12: 9.6, 30: 24.0, 60: 48.0}
    assert it.leg(Contract(24500, "CE")).moves == in_time.leg(Contract(24500, "CE")).moves


def test_what_is_older_than_a_fast_clock_explains_counts_up_to_where_it_should_have_come():
    known = replace(seen(spot(24500, 40), spot(24512, 18)), lag=timedelta(seconds=15))

    it = situation(known, session(), AT)

    assert it.momentum == {12: 12.0}
