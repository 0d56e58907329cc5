"""Changes by window: by hand, what a gap and the open do to them, and that they fit into JSON."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_common.market.buckets import IST, from_wall_time, wall_time
from oi_common.market.sessions import session_on
from oi_common.market.timeframes import BucketTotals, WindowStatus, as_dicts, timeframes
from oi_common.market.window_changes import pcr_of_change, window_direction

OPENS = wall_time(datetime(2026, 11, 20, 9, 15, tzinfo=IST))
NAMES = ["3m", "6m", "15m", "30m", "60m", "since_open", "since_yesterday"]
ANYTHING = st.one_of(st.none(), st.floats(), st.integers(-5, 10**7), st.sampled_from([nan, inf, 0]))


def at(place):
    return OPENS + place * timedelta(minutes=3)


EXPECTED = [at(place) for place in range(128)]


def bucket(place, *, state="sealed", spot=24_000.0, ce=1_000_000, pe=900_000, volume=0):
    return BucketTotals(at(place), state, spot, ce, pe, volume, 2 * volume)


def windows(day, expected=EXPECTED, yesterday=None):
    return {frame.window: frame for frame in timeframes(day, expected, yesterday)}


def steady(last):
    """A day on which calls gain 1,000 a bucket, puts 2,000, spot 6 rupees, and 500 calls are traded."""
    return [
        bucket(place, spot=24_000.0 + 6 * place, ce=1_000_000 + 1_000 * place, pe=900_000 + 2_000 * place,
               volume=500 * (place + 1))
        for place in range(last + 1)
    ]  # fmt: skip


def test_a_window_by_hand():
    found = windows(steady(30))["15m"]

    assert (found.from_time, found.to_time) == (at(25), at(30))
    assert (found.minutes, found.status, found.missing) == (15, WindowStatus.COMPLETE, 0)
    assert (found.ce_oi_change, found.pe_oi_change, found.pcr_oi_change) == (5_000, 10_000, 2.0)
    assert (found.ce_volume, found.pe_volume, found.spot_change) == (2_500, 5_000, 30.0)
    assert found.pcr_then == pytest.approx(950_000 / 1_025_000)
    assert found.pcr_now == pytest.approx(960_000 / 1_030_000)
    assert found.direction == "bullish"


def test_every_window_is_there_with_its_name_and_its_length():
    found = windows(steady(30), yesterday=bucket(-100))

    assert list(found) == NAMES
    assert [frame.minutes for frame in found.values()] == [3, 6, 15, 30, 60, 90, None]
    assert [frame.ce_oi_change for frame in found.values()] == [
        1_000,
        2_000,
        5_000,
        10_000,
        20_000,
        30_000,
        30_000,
    ]


def test_a_window_longer_than_the_day_is_not_shortened():
    found = windows(steady(5))

    assert found["15m"].status is WindowStatus.COMPLETE
    assert found["30m"].status is WindowStatus.BEFORE_OPEN
    assert (found["30m"].ce_oi_change, found["30m"].direction) == (None, None)
    assert found["30m"].from_time == at(-5)
    assert found["since_open"].ce_oi_change == 5_000


def test_a_bucket_missing_inside_a_window_is_counted():
    day = steady(10)
    del day[8]
    day[6] = bucket(6, state="missing", ce=None, pe=None, spot=None)

    found = windows(day)

    assert (found["3m"].status, found["3m"].missing) == (WindowStatus.COMPLETE, 0)
    assert (found["15m"].status, found["15m"].missing) == (WindowStatus.GAPS, 2)
    assert found["15m"].ce_oi_change == 5_000


def test_a_window_that_begins_with_a_missing_bucket_has_no_number():
    day = steady(10)
    del day[8]

    found = windows(day)["6m"]

    assert (found.status, found.missing, found.ce_oi_change) == (WindowStatus.START_MISSING, 1, None)


def test_a_day_whose_first_bucket_is_missing_has_no_change_since_the_open():
    found = windows(steady(10)[1:])["since_open"]

    assert (found.status, found.missing, found.ce_oi_change) == (WindowStatus.START_MISSING, 1, None)
    assert (found.from_time, found.minutes) == (OPENS, 30)


def test_nothing_is_said_of_a_bucket_that_is_missing_itself():
    found = windows([*steady(9), bucket(10, state="missing")], yesterday=bucket(-100))

    assert {frame.status for name, frame in found.items() if name != "60m"} == {WindowStatus.NOW_MISSING}
    assert {frame.ce_oi_change for frame in found.values()} == {None}


def test_since_yesterday_compares_with_the_close_and_counts_todays_volume():
    yesterday = BucketTotals(
        OPENS - timedelta(hours=18), "sealed", 23_900.0, 2_000_000, 900_000, 7_000_000, 8_000_000
    )

    found = windows(steady(2), yesterday=yesterday)["since_yesterday"]

    assert (found.ce_oi_change, found.pe_oi_change) == (-998_000, 4_000)
    assert (found.pcr_oi_change, found.pcr_then) == (None, 0.45)
    assert (found.ce_volume, found.pe_volume, found.spot_change) == (1_500, 3_000, 112.0)


def test_a_strike_that_came_to_be_tracked_in_the_window_adds_nothing_to_the_change():
    day = [
        BucketTotals(at(0), "saved", ce_oi=1_000_000, pe_oi=900_000, ce_oi_added=0, pe_oi_added=0),
        BucketTotals(at(1), "saved", ce_oi=1_500_000, pe_oi=901_000, ce_oi_added=2_000, pe_oi_added=1_000),
    ]

    found = windows(day)["3m"]

    assert (found.ce_oi_change, found.pe_oi_change, found.pcr_oi_change) == (2_000, 1_000, 0.5)
    assert found.pcr_now == pytest.approx(901 / 1_500)


def test_without_yesterday_its_window_says_so():
    assert windows(steady(2))["since_yesterday"].status is WindowStatus.NO_YESTERDAY


def test_a_window_that_begins_in_a_pause_says_so_and_the_pause_is_no_gap():
    expected = [at(place) for place in (*range(10), *range(20, 40))]
    day = [each for each in steady(22) if each.time in expected]

    found = windows(day, expected)

    assert found["15m"].status is WindowStatus.IN_PAUSE
    assert (found["60m"].status, found["60m"].missing) == (WindowStatus.COMPLETE, 0)


def test_the_sessions_own_buckets_serve_as_the_expected_ones():
    session = session_on("NFO", OPENS.date())
    start = session.opens
    day = [
        BucketTotals(from_wall_time(each.time), each.state, each.spot, each.ce_oi, each.pe_oi)
        for each in steady(5)
    ]

    found = {frame.window: frame for frame in timeframes(day, list(session.buckets()))}

    assert found["since_open"].from_time == start
    assert found["15m"].pe_oi_change == 10_000


def test_the_order_of_buckets_does_not_matter_and_one_given_twice_counts_as_last_given():
    day = steady(10)

    assert timeframes([bucket(3, ce=5), *reversed(day)], EXPECTED) == timeframes(day, EXPECTED)


def test_an_empty_day_has_no_windows():
    assert timeframes([], EXPECTED) == ()


def test_volume_that_stepped_back_is_unknown():
    day = [bucket(0, volume=900), bucket(1, volume=800)]

    assert windows(day)["3m"].ce_volume is None


@pytest.mark.parametrize(
    ("ce", "pe", "pcr"),
    [
        (40, 60, 1.5),
        (-40, -60, 1.5),
        (-40, 60, None),
        (40, -60, None),
        (0, 60, None),
        (40, 0, 0.0),
        (None, 1, None),
    ],
)
def test_the_pcr_of_a_change_is_none_where_the_signs_differ(ce, pe, pcr):
    assert pcr_of_change(ce, pe) == pcr


@pytest.mark.parametrize(
    ("ce", "pe", "spot", "word"),
    [
        (20_000, 60_000, 0.3, "bullish"),
        (60_000, 20_000, -0.3, "bearish"),
        (20_000, 60_000, 0.0, "mildly_bullish"),
        (20_000, 60_000, None, "mildly_bullish"),
        (None, 60_000, -0.3, "mildly_bearish"),
        (20_000, 60_000, -0.3, "mixed"),
        (20_000, 20_000, 0.04, "neutral"),
        (0, 0, 0.0, "neutral"),
        (None, None, None, None),
    ],
)
def test_the_word_for_a_window(ce, pe, spot, word):
    assert window_direction(ce, pe, spot) == word


def test_windows_fit_into_json_as_they_are():
    day = [*steady(4), BucketTotals(at(5), "open", Decimal("24010.55"), nan, 910_000, inf, None)]

    plain = as_dicts(timeframes(day, EXPECTED, bucket(-100)))

    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert list(plain) == NAMES
    assert plain["3m"]["from_time"] == "2026-11-20T09:27:00"
    assert (plain["3m"]["status"], plain["3m"]["spot_change"]) == ("complete", -13.45)
    assert (plain["3m"]["ce_oi_change"], plain["3m"]["pe_oi_change"]) == (None, 2_000)


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(
    st.lists(
        st.builds(BucketTotals, st.integers(-30, 140).map(at), st.sampled_from(["open", "saved", "missing"]),
                  ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
    ),
    st.lists(st.sampled_from(EXPECTED)),
    st.one_of(st.none(), st.builds(BucketTotals, st.just(at(-300)), st.just("sealed"), ANYTHING, ANYTHING, ANYTHING)),
)  # fmt: skip
def test_no_day_however_broken_raises(day, expected, yesterday):
    plain = as_dicts(timeframes(day, expected, yesterday))

    assert list(plain) == (NAMES if day else [])
    json.dumps(plain, allow_nan=False)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(-300, 300)),
        min_size=6,
        max_size=6,
    )
)
def test_a_mirrored_day_has_the_mirrored_words(day):
    mirror = {"bullish": "bearish", "bearish": "bullish", "mildly_bullish": "mildly_bearish"}
    mirror["mildly_bearish"] = "mildly_bullish"
    base = day[0][2]
    plain = [bucket(place, ce=ce, pe=pe, spot=24_000.0 + move) for place, (ce, pe, move) in enumerate(day)]
    turned = [
        bucket(place, ce=pe, pe=ce, spot=24_000.0 + 2 * base - move)
        for place, (ce, pe, move) in enumerate(day)
    ]

    words = (windows(each)["since_open"].direction for each in (plain, turned))

    said, mirrored = words
    assert mirrored == mirror.get(said, said)
