"""The rolling history: windows by hand, order, bounds, and that it forgets no more than it says."""

from datetime import UTC, datetime, timedelta
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.rolling import RollingHistory
from oi_common.market.tick_ring import BYTES_PER_TICK, TickRing

START = datetime(2026, 11, 20, 3, 45, tzinfo=UTC)


def after(seconds):
    return START + timedelta(seconds=seconds)


def history(*ticks, **limits):
    """A history of one contract; a tick is seconds, price, day volume, OI."""
    kept = RollingHistory(**limits)
    for seconds, price, volume, oi in ticks:
        kept.add("26000CE", after(seconds), price=price, volume=volume, oi=oi)
    return kept


def test_a_window_by_hand():
    kept = history(
        (0, 100.0, 1_000, 7_500),
        (10, 104.0, 1_300, None),
        (20, 98.0, 1_450, 7_650),
        (30, 101.0, 1_900, 7_800),
    )

    found = kept.window("26000CE", after(10), after(30))

    assert (found.ticks, found.first, found.last, found.low, found.high) == (2, 104.0, 98.0, 98.0, 104.0)
    assert (found.volume, found.oi_before, found.oi_after) == (450, 7_500, 7_650)
    assert found.is_complete


def test_a_window_that_begins_before_the_first_tick_is_not_complete():
    kept = history((0, 100.0, 1_000, 7_500), (10, 104.0, 1_300, 7_500))

    found = kept.window("26000CE", after(-60), after(60))

    assert (found.volume, found.oi_before, found.is_complete) == (300, None, False)


@pytest.mark.parametrize(("seconds", "oi"), [(-1, None), (0, 7_500), (19, 7_500), (20, 7_650), (900, 7_650)])
def test_the_oi_at_a_moment_is_the_last_one_known(seconds, oi):
    kept = history((0, 100.0, 1, 7_500), (10, 104.0, 2, nan), (20, 98.0, 3, 7_650))

    assert kept.oi_at("26000CE", after(seconds)) == oi


def test_a_tick_older_than_the_last_is_dropped_and_counted():
    kept = history((10, 100.0, 1, 1), (5, 90.0, 2, 2), (10, 101.0, 3, 3))

    found = kept.window("26000CE", after(0), after(60))

    assert (found.ticks, found.low, found.last, kept.out_of_order) == (2, 100.0, 101.0, 1)


def test_contracts_keep_their_own_order():
    kept = history((10, 100.0, 1, 1))

    assert kept.add("26000PE", after(5), price=50.0)
    assert kept.out_of_order == 0


def test_half_an_hour_is_kept_and_how_things_stood_when_it_began():
    kept = history(*[(60 * minute, 100.0 + minute, 10 * minute, minute) for minute in range(91)])

    found = kept.window("26000CE", after(60 * 60), after(60 * 91))

    assert found.is_complete
    assert (found.ticks, found.first, found.volume, found.oi_before) == (31, 160.0, 310, 59)
    assert not kept.window("26000CE", after(60 * 58), after(60 * 91)).is_complete
    assert kept.oi_at("26000CE", after(60 * 50)) is None


def test_a_full_ring_gives_up_its_oldest_and_the_window_says_so():
    kept = history(*[(second, 100.0 + second, second, second) for second in range(20)], ticks_per_contract=8)

    lost = kept.window("26000CE", after(5), after(20))
    whole = kept.window("26000CE", after(12), after(20))

    assert (lost.ticks, lost.low, lost.is_complete) == (8, 112.0, False)
    assert (whole.ticks, whole.is_complete) == (8, True)


def test_ticks_of_one_moment_that_were_partly_given_up_are_not_complete():
    kept = history(*[(0, 100.0, 1, 1)] * 5, ticks_per_contract=4)

    assert not kept.window("26000CE", after(0), after(1)).is_complete


def test_a_contract_takes_what_is_documented():
    kept = history((0, 100.0, 1, 1))

    assert kept.nbytes == 2_048 * BYTES_PER_TICK == 65_536


def test_contracts_past_the_limit_are_refused_until_silent_ones_make_way():
    kept = RollingHistory(most_contracts=2)
    kept.add("a", after(0), price=1.0)
    kept.add("b", after(1_700), price=1.0)

    assert not kept.add("c", after(1_700), price=1.0)
    assert kept.add("c", after(1_801), price=1.0)
    assert (len(kept), kept.refused) == (2, 1)
    assert kept.oi_at("a", after(1_801)) is None


def test_a_contract_never_heard_of_has_an_empty_window():
    found = RollingHistory().window("x", after(0), after(60))

    assert (found.ticks, found.first, found.volume, found.oi_after, found.is_complete) == (
        0,
        None,
        None,
        None,
        False,
    )


def test_volume_that_steps_back_is_unknown():
    kept = history((0, 100.0, 1_000, 1), (10, 100.0, 900, 1))

    assert kept.window("26000CE", after(5), after(60)).volume is None


@pytest.mark.parametrize("unknown", [None, nan, inf])
def test_a_tick_that_says_nothing_changes_nothing_but_the_count(unknown):
    kept = history((0, 100.0, 10, 5), (1, unknown, unknown, unknown))

    found = kept.window("26000CE", after(0), after(60))

    assert (found.ticks, found.last, found.volume, found.oi_after) == (2, 100.0, 0, 5)


def test_the_ticks_come_as_rows_of_times_prices_volumes_and_oi():
    kept = history((0, 100.0, 10, 5), (1, 101.0, 11, 6))

    times, prices, volumes, oi = kept.ticks("26000CE", after(1), after(2))

    assert list(times) == [after(1).timestamp()]
    assert (list(prices), list(volumes), list(oi)) == ([101.0], [11.0], [6.0])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 500), st.integers(0, 99)), max_size=60),
    st.integers(0, 120),
    st.integers(0, 120),
    st.integers(1, 12),
)
def test_a_ring_agrees_with_a_plain_list_wherever_it_says_that_it_is_complete(steps, start, end, capacity):
    ticks = sorted(steps, key=lambda tick: tick[0])
    kept = history(*[(second, price, 0, oi) for second, price, oi in ticks], ticks_per_contract=capacity)
    within = [price for second, price, _ in ticks if start <= second < end]

    found = kept.window("26000CE", after(start), after(end))

    assert found.ticks <= capacity
    if found.is_complete:
        assert found.ticks == len(within)
        assert (found.low, found.high) == ((min(within), max(within)) if within else (None, None))


@settings(deadline=None)
@given(st.lists(st.integers(0, 4_000), max_size=80), st.integers(2, 40))
def test_a_ring_never_holds_more_than_it_may_and_stays_in_order(seconds, capacity):
    ring = TickRing(capacity)
    for second in sorted(seconds):
        ring.add(second, 1.0, 1.0, 1.0)
        ring.forget(second - 1_800)

    times = ring.ticks(-inf, inf)[0]

    assert len(ring) == len(times) <= capacity
    assert list(times) == sorted(times)
    assert np.sum(times < ring.last_at - 1_800) <= 1
