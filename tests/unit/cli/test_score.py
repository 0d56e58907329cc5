"""What a scorecard says, and what it does not dare to say."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_cli.score.cases import days_left, part_of_day
from oi_cli.score.statistics import calibration, figures, mean, wilson
from support.score_cases import DAY, case, cases


def test_wilsons_interval_is_that_of_the_textbook():
    # 15 of 50: Wilson's 95 % is 0.1910 to 0.4375
    told = wilson(15 / 50, 50)

    assert (told.value, round(told.low, 4), round(told.high, 4)) == (0.3, 0.1910, 0.4375)


@given(st.integers(1, 500), st.integers(0, 500))
def test_wilsons_interval_is_symmetric_for_hits_and_misses(count, hits):
    rate = min(hits, count) / count
    told, mirrored = wilson(rate, count), wilson(1 - rate, count)

    assert told.low <= rate <= told.high
    assert told.low == pytest.approx(1 - mirrored.high)


def test_figures_are_the_sums_by_hand():
    found = figures([*cases(24, 16), case(50, None, exit_reason="unknown"), case(51, None, exit_reason=None)])

    assert (found.entered, found.known, found.unknown, found.followed) == (42, 40, 1, 1)
    assert (found.hits, found.net, found.gross) == (24, 24 * 100 - 16 * 60, 24 * 160)
    assert (found.hit_rate.value, found.net_each.value) == (0.6, 36.0)
    assert found.brier == pytest.approx((24 * 0.4**2 + 16 * 0.6**2) / 40)
    # a half hour each, so the mean's interval is near the usual one
    spread = 80 * sqrt(4 * 0.6 * 0.4) * 1.96 / sqrt(40)
    assert found.net_each.low == pytest.approx(36 - spread, abs=6)
    assert found.net_each.high == pytest.approx(36 + spread, abs=6)


def test_a_thousand_entries_of_one_hour_are_not_enough_to_say_anything():
    found = figures([case(minutes=n % 60, event_id=str(n)) for n in range(1000)])

    assert (found.known, found.blocks, found.is_enough) == (1000, 2, False)
    assert (found.hit_rate, found.gross_each, found.net_each, found.brier) == (None,) * 4


def test_the_same_bet_made_ten_times_does_not_narrow_an_interval():
    once = figures(cases(20, 20))
    often = figures(
        [replace(each, event_id=f"{each.event_id}:{n}") for each in cases(20, 20) for n in range(10)]
    )

    assert often.known == 10 * once.known
    assert (often.hit_rate, often.net_each) == (once.hit_rate, once.net_each)


@pytest.mark.parametrize(("known", "is_enough"), [(29, False), (30, True)])
def test_a_rate_is_told_from_thirty_entries_on(known, is_enough):
    assert figures(cases(known, 0)).is_enough == is_enough


CASES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(-50_000, 50_000), st.integers(0, 100)), max_size=60, unique_by=lambda c: c[0]
).map(lambda found: [case(n, str(Decimal(paise) / 100), confidence=Decimal(sure)) for n, paise, sure in found])  # fmt: skip


@settings(max_examples=30)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_matter(entries, random):
    shuffled = random.sample(entries, len(entries))

    assert figures(shuffled) == figures(entries)
    assert calibration(shuffled) == calibration(entries)


@settings(max_examples=30)
@given(CASES.filter(bool))
def test_gains_that_turn_into_losses_turn_the_mean_around(entries):
    paise = [each.paise for each in entries]
    told, mirrored = mean(entries, paise), mean(entries, [-each for each in paise])

    assert told.value == -mirrored.value
    assert told.low == pytest.approx(-mirrored.high, abs=1e-6)
    assert told.low <= told.value <= told.high


@given(CASES)
def test_every_known_entry_is_in_one_bin(entries):
    bins = calibration(entries)

    assert sum(each.known for each in bins) == len(entries)
    assert all(each.low <= each.confidence <= each.high for each in bins if each.known)


@pytest.mark.parametrize(
    ("at", "part"),
    [
        ("09:15", "morning"),
        ("11:30", "midday"),
        ("13:30", "afternoon"),
        ("15:39", "afternoon"),
        ("17:00", "evening"),
    ],
)
def test_a_day_has_parts(at, part):
    clock = datetime.strptime(at, "%H:%M").time()  # noqa: DTZ007
    assert part_of_day(case(time=datetime.combine(DAY, clock))) == part


def test_days_to_expiry_are_grouped():
    assert [days_left(case(days_to_expiry=days)) for days in (0, 1, 2, 3, 4, None)] == [
        "expiry day", "1 day", "2-3 days", "2-3 days", "4 and more", "unknown",
    ]  # fmt: skip
