"""What is followed: the chain around the money, and which socket carries it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.core.packets import QUOTE, SNAP_QUOTE
from ingest_ws.core.subscriptions import (
    Family,
    Reach,
    TooManySubscriptionsError,
    shared_out,
    subscription,
    wanted,
)
from ingest_ws.core.ticks import Instrument

NEAR, NEXT = date(2026, 1, 20), date(2026, 1, 27)
STRIKES = range(23_000, 26_050, 50)
REACH = Reach(around=2, slack=1, expiries=2)
SPOT = Instrument("NIFTY", "NSE", "99926000", "NIFTY")
FUTURE = Instrument("NIFTY", "NFO", "35001", "NIFTY27JAN26FUT", NEXT)

spots = st.floats(22_000, 27_000)


def option(strike, side="CE", expiry=NEAR):
    return Instrument("NIFTY", "NFO", f"{expiry:%m%d}{strike}{side}", "", expiry, strike, side)


def chain(expiry=NEAR):
    return tuple(option(strike, side, expiry) for strike in STRIKES for side in ("CE", "PE"))


def family(*options):
    return Family("NIFTY", SPOT, FUTURE, options)


def strikes_of(followed, options):
    return {each.strike for each in options if subscription(each) in followed}


def test_without_a_spot_only_the_spot_and_the_future_are_followed():
    followed = wanted(family(*chain()), None, REACH, frozenset())

    assert followed == {(QUOTE, 1, "99926000"), (SNAP_QUOTE, 2, "35001")}


def test_both_sides_of_the_strikes_around_the_money_are_followed():
    options = chain()

    followed = wanted(family(*options), 24_510.0, REACH, frozenset())

    assert strikes_of(followed, options) == {24_400, 24_450, 24_500, 24_550, 24_600}
    assert len(followed) == 2 + 2 * 5


def test_each_expiry_is_followed_around_its_own_strikes():
    sparse = (option(24_000, expiry=NEXT), option(24_600, expiry=NEXT))

    followed = wanted(family(*chain(), *sparse), 24_510.0, Reach(around=0, slack=0), frozenset())

    assert strikes_of(followed, sparse) == {24_600}


def test_a_spot_that_moves_on_takes_up_new_strikes_and_drops_those_too_far_off():
    options = chain()
    held = wanted(family(*options), 24_500.0, REACH, frozenset())

    followed = wanted(family(*options), 24_600.0, REACH, held)

    assert strikes_of(followed, options) == {24_450, 24_500, 24_550, 24_600, 24_650, 24_700}


@given(spots, st.floats(-25, 25))
def test_a_spot_that_swings_about_a_strike_changes_nothing_after_the_first_swing(spot, swing):
    of = family(*chain())
    held = wanted(of, spot, REACH, wanted(of, spot + swing, REACH, frozenset()))

    held = wanted(of, spot + swing, REACH, held)

    assert wanted(of, spot, REACH, held) == held


@given(st.lists(spots, max_size=6))
def test_however_spot_moves_the_budget_of_an_underlying_is_kept_and_the_money_followed(path):
    of = family(*chain(), *chain(NEXT))
    held = frozenset()

    for spot in path:
        held = wanted(of, spot, REACH, held)

        assert len(held) <= REACH.most
        assert wanted(of, spot, REACH, frozenset()) <= held


def test_a_spot_that_is_the_future_is_listed_once():
    of = Family("SILVERMIC", FUTURE, FUTURE)

    assert list(of.instruments()) == [FUTURE]


def test_one_socket_carries_all_as_long_as_they_fit():
    assert shared_out([("NIFTY", 200), ("BANKNIFTY", 200)]) == (("NIFTY", "BANKNIFTY"),)


def test_an_underlying_is_never_spread_over_two_sockets():
    assert shared_out([("A", 600), ("B", 600), ("C", 400)]) == (("A", "C"), ("B",))


@pytest.mark.parametrize("needs", [[("NIFTY", 1001)], [("A", 600), ("B", 600), ("C", 600), ("NIFTY", 600)]])
def test_more_than_the_broker_allows_is_refused_with_the_name_and_the_need(needs):
    with pytest.raises(
        TooManySubscriptionsError, match=rf"NIFTY needs up to {needs[-1][1]} .* 3 sockets of 1000"
    ):
        shared_out(needs)


@given(st.lists(st.integers(1, 400), max_size=7))
def test_no_socket_exceeds_its_budget_and_every_underlying_has_one(sizes):
    needs = {f"U{number}": size for number, size in enumerate(sizes)}

    slots = shared_out(needs.items())

    assert sorted(name for slot in slots for name in slot) == sorted(needs)
    assert all(sum(needs[name] for name in slot) <= 1000 for slot in slots)
