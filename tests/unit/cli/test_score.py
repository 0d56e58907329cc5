"""What a scorecard says, and what it does not dare to say."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from oi_cli.score.card import carded
from oi_cli.score.cases import Case, Cost, Scores, days_left, part_of_day
from oi_cli.score.statistics import calibration, figures, mean, wilson
from oi_cli.score.words import NOT_ENOUGH, billed, document, show_card

NINE = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001 - wall time as the tables hold it
DAY = NINE.date()


def case(number=0, net="100.00", *, minutes=None, **changes):
    """Return an entry; each in a half hour of its own unless `minutes` says when."""
    at = NINE + timedelta(minutes=30 * number if minutes is None else minutes)
    money = None if net is None else Decimal(net)
    whole = Case(
        event_id=f"decisions:{number}:{at}", loop="minimal", engine="llm", horizon="path", time=at, index_name="NIFTY",
        days_to_expiry=1, confidence=Decimal(60), exit_reason="target", gross=money and money + 60,
        charges=Decimal(60), net=money, hit=None if money is None else money > 0,
    )  # fmt: skip
    return replace(whole, **changes)


def cases(hits, misses):
    nets = ["100.00"] * hits + ["-60.00"] * misses
    return [case(number, net) for number, net in enumerate(nets)]


def scores(*entries, passed=None, costs=()):
    return Scores(DAY, DAY, entries, passed or {}, costs)


def printed(card):
    console = Console(file=io.StringIO(), width=500)
    show_card(console, card)
    return console.file.getvalue()


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


def test_what_entered_nothing_counts_as_a_decision_worth_nothing():
    card = carded(
        scores(*cases(2, 1), passed={("minimal", "llm"): 97, ("minimal", "always_wait"): 100}), "path"
    )

    lines = {(line.engine, line.horizon): line for line in card.lines}
    assert (lines["llm", "path"].decisions, lines["llm", "path"].figures.entered) == (100, 3)
    assert (lines["always_wait", "15"].decisions, lines["always_wait", "15"].figures.net) == (100, 0)


def test_a_little_is_told_as_little():
    said = printed(carded(scores(*cases(5, 2)), "path"))

    assert "minimal llm stop/target: decisions 7, entered 7, known 7" in said
    assert f"hits 5, hit rate {NOT_ENOUGH}" in said
    assert "%" not in said.split("95 of 100 cases")[1]


def test_enough_is_told_with_its_intervals():
    said = printed(carded(scores(*cases(24, 16)), "path"))

    assert "hits 24, hit rate 60 % [45..74], gross each +96" in said
    assert "by confidence: 60-70: 24 of 40 hit, 60 % [45..74]" in said


def test_the_price_of_a_model_is_set_against_what_it_brought():
    paid = Cost("minimal", 100, 40, Decimal("8.40"))

    earned, lost = (
        carded(scores(case(0, net), costs=(paid,)), "path").bills[0] for net in ("420.00", "-1.00")
    )

    assert (earned.each, earned.per_net_rupee) == (pytest.approx(0.21), pytest.approx(0.02))
    assert "0.0200 for a net rupee" in billed(earned)
    assert lost.per_net_rupee is None
    assert "no net rupee was earned" in billed(lost)


def test_the_document_says_null_where_it_does_not_know():
    told = document(carded(scores(*cases(5, 2), costs=(Cost("minimal", 7, 0, Decimal(0)),)), "path"))

    line = next(each for each in told["lines"] if each["horizon"] == "path")
    assert (line["hits"], line["net"], line["hit_rate"], line["is_enough"]) == (5, 380.0, None, False)
    assert told["costs"] == [
        {
            "loop": "minimal",
            "decisions": 7,
            "paid": 0,
            "rupees": 0.0,
            "each": None,
            "net": 380.0,
            "per_net_rupee": None,
        }
    ]


@pytest.mark.parametrize("entries", [[], cases(5, 2), cases(24, 16)], ids=["none", "few", "enough"])
def test_the_picture_can_be_drawn_of_anything(tmp_path, entries):
    from oi_cli.score.picture import draw  # noqa: PLC0415 - matplotlib is slow to import

    passed = {("minimal", "always_wait"): 9, ("rich", "rules"): 2}
    draw(
        carded(scores(*entries, passed=passed, costs=(Cost("minimal", 7, 1, Decimal(1)),)), "path"),
        tmp_path / "s.png",
    )

    with Image.open(tmp_path / "s.png") as drawn:
        assert (drawn.width, drawn.height > 1500) == (1080, True)


def test_several_days_are_named(tmp_path):
    card = carded(Scores(date(2026, 11, 2), date(2026, 11, 6), (), {("rich", "llm"): 1}, ()), "15")

    assert printed(card).startswith("Scorecard of 2026-11-02 to 2026-11-06")
