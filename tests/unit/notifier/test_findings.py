"""The market rules over a day's buckets."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.core.findings import firings
from notifier.core.observed import Leg, Observed

OPEN = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 IST wall time


def bucket(number, **seen):
    return Observed(time=OPEN + number * timedelta(minutes=3), **seen)


def names(day):
    return [(firing.rule.name, int((firing.time - OPEN) / timedelta(minutes=3))) for firing in firings(day)]


def chain(*, spike=0, percent=30.0):
    legs = [Leg(24400 + 50 * n, side, 1_000_000, 0, 0.0) for n in range(5) for side in ("CE", "PE")]
    return (*legs[1:], Leg(24400, "CE", 1_000_000 + spike, spike, percent))


def test_a_day_of_nothing_fires_nothing():
    assert firings([]) == ()
    assert firings([bucket(n) for n in range(125)]) == ()


def test_pcr_fires_beyond_its_level_and_not_again_on_its_way_around_it():
    day = [bucket(n, pcr=pcr) for n, pcr in enumerate([0.95, 1.01, 1.02, 1.04, 0.99, 1.04, 0.98])]

    (firing,) = firings(day)

    assert (firing.rule.name, firing.time) == ("pcr_cross", day[3].time)
    assert (firing.finding.title, firing.finding.leaning) == ("PCR above 1", "up")


def test_pcr_back_below_its_level_is_told_after_the_cooldown_only():
    rise = [bucket(0, pcr=0.9), bucket(1, pcr=1.1), bucket(2, pcr=0.9)]

    assert names(rise) == [("pcr_cross", 1)]
    assert names([*rise[:2], bucket(30, pcr=0.9)]) == [("pcr_cross", 1), ("pcr_cross", 30)]


def test_what_the_cooldown_kept_back_is_told_later_if_it_is_still_so():
    there_and_back = [bucket(0, pcr=0.9), bucket(1, pcr=1.1), bucket(2, pcr=0.9)]

    assert names([*there_and_back, bucket(30, pcr=0.9)]) == [("pcr_cross", 1), ("pcr_cross", 30)]
    assert names([*there_and_back, bucket(30, pcr=1.1)]) == [("pcr_cross", 1)]


def test_an_unknown_pcr_between_changes_nothing():
    assert names([bucket(0, pcr=0.9), bucket(1), bucket(2, pcr=1.1)]) == [("pcr_cross", 2)]


def test_an_oi_spike_leans_against_its_writers():
    (firing,) = firings([bucket(0, legs=chain()), bucket(1, legs=chain(spike=400_000))])

    assert firing.rule.name == "oi_spike"
    assert firing.finding.leaning == "down"
    assert "+4.0 L (+30.0 %)" in firing.finding.why["change"]
    assert "fires at 1.25 %" in firing.finding.why["share"]


def test_a_spike_of_a_small_part_of_its_own_oi_is_none():
    assert firings([bucket(0, legs=chain(spike=400_000, percent=5.0))]) == ()


def test_a_spike_is_not_told_again_until_it_was_quiet():
    wild = [bucket(20 * n, legs=chain(spike=400_000)) for n in range(3)]
    calm = bucket(50, legs=chain())

    assert names(wild) == [("oi_spike", 0)]
    assert names([*wild, calm, bucket(60, legs=chain(spike=400_000))]) == [("oi_spike", 0), ("oi_spike", 60)]


def walls(strike, lead):
    base = [Leg(24000 + 100 * n, "CE", 1_000_000) for n in range(5)]
    return (*(leg for leg in base if leg.strike != strike), Leg(strike, "CE", int(1_000_000 * lead)))


def test_a_wall_moves_only_with_a_clear_lead():
    day = [
        bucket(0, legs=walls(24300, 1.5)),
        bucket(1, legs=walls(24400, 1.04)),
        bucket(2, legs=walls(24400, 1.2)),
    ]

    (firing,) = firings(day)

    assert firing.time == day[2].time
    assert firing.finding.title == "Resistance moved 24300 → 24400"
    assert firing.finding.leaning == "up"


def test_a_straddle_breaks_its_range_once():
    quiet = [bucket(n, straddle=200 + n % 3) for n in range(20)]
    loud = [bucket(20 + n, straddle=230 + 20 * n) for n in range(5)]

    assert names([*quiet, *loud]) == [("straddle_break", 20)]


def test_a_straddle_that_runs_on_is_not_told_again_although_the_cooldown_is_over():
    quiet = [bucket(n, straddle=200.0) for n in range(20)]
    runs = [bucket(20 + n, straddle=230 * 1.08**n) for n in range(30)]

    assert names([*quiet, *runs]) == [("straddle_break", 20)]


def test_a_straddle_without_an_hour_behind_it_breaks_nothing():
    assert firings([bucket(0, straddle=200), bucket(1, straddle=300)]) == ()


def direction(number, words, confidence=70):
    return bucket(number, direction=words, confidence=confidence)


def test_a_direction_flips_once_it_has_held():
    day = [direction(0, "BULLISH"), direction(1, "BULLISH"), direction(2, "NEUTRAL"), direction(3, "BEARISH")]

    assert names(day) == []
    assert names([*day, direction(4, "STRONGLY_BEARISH")]) == [("direction_flip", 4)]


def test_a_weak_direction_flips_nothing():
    assert (
        names(
            [direction(0, "BULLISH"), direction(1, "BULLISH"), *(direction(n, "BEARISH", 20) for n in (2, 3))]
        )
        == []
    )


def cluster(number, ups):
    """Nine strikes around the money, so many of their eighteen legs pointing up."""
    legs = []
    for place in range(18):
        side, is_up = ("CE", "PE")[place % 2], place < ups
        bullish = "long_buildup" if side == "CE" else "short_buildup"
        bearish = "short_buildup" if side == "CE" else "long_buildup"
        legs.append(Leg(24400 + 50 * (place // 2), side, 10, buildup=bullish if is_up else bearish))
    return bucket(number, spot=24600.0, legs=tuple(legs))


def test_a_cluster_fires_when_most_legs_agree_and_not_again_while_they_do():
    day = [cluster(0, 9), cluster(1, 18), cluster(40, 17)]

    (firing,) = firings(day)

    assert (firing.time, firing.finding.leaning) == (day[1].time, "up")
    assert "18 of 18 within 4 strikes" in firing.finding.why["legs"]


def test_a_cluster_fires_again_after_the_legs_have_parted():
    assert names([cluster(0, 18), cluster(20, 9), cluster(40, 18)]) == [
        ("buildup_cluster", 0),
        ("buildup_cluster", 40),
    ]


numbers = st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False))
legs = st.builds(
    Leg,
    st.integers(1, 50).map(lambda n: n * 50),
    st.sampled_from(["CE", "PE"]),
    st.one_of(st.none(), st.integers(0, 10**9)),
    st.one_of(st.none(), st.integers(-(10**9), 10**9)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.sampled_from([None, "long_buildup", "short_covering", "neutral", ""]),
)
days = st.lists(
    st.tuples(
        numbers,
        numbers,
        numbers,
        st.sampled_from([None, "BULLISH", "bear"]),
        numbers,
        st.lists(legs, max_size=6),
    ),
    max_size=25,
).map(
    lambda rows: [
        Observed(OPEN + n * timedelta(minutes=3), *row[:5], legs=tuple(row[5])) for n, row in enumerate(rows)
    ]
)


# On a busy machine a day of legs takes long to make up.
SLOWLY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@SLOWLY
@given(days)
def test_whatever_the_values_each_rule_keeps_its_cooldown(day):
    found = firings(day)

    for rule in {firing.rule.name for firing in found}:
        times = [firing.time for firing in found if firing.rule.name == rule]
        cooldown = next(firing.rule.cooldown for firing in found if firing.rule.name == rule)
        assert all(later - earlier >= cooldown for earlier, later in pairwise(times))


@SLOWLY
@given(days, st.integers(0, 25))
def test_what_fired_is_not_changed_by_what_comes_later(day, cut):
    """So it does not matter who asks when: after a restart the same alerts are found."""
    until = day[:cut]

    assert [f for f in firings(day) if until and f.time <= until[-1].time] == list(firings(until))
