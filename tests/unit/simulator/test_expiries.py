"""Expiries fall where the exchanges' rules of the date put them."""

from datetime import date

import pytest

from simulator.core.expiries import listed
from simulator.core.underlyings import BY_NAME, UNDERLYINGS


def days(name, day, weeklies=4):
    return [each.day for each in listed(BY_NAME[name], day, weeklies)]


def test_nifty_lists_tuesdays_and_moves_a_holiday_to_the_day_before():
    assert days("NIFTY", date(2026, 11, 20))[:3] == [date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 8)]


def test_nifty_moved_from_thursday_to_tuesday_in_september_2025():
    assert days("NIFTY", date(2025, 8, 27))[:2] == [date(2025, 8, 28), date(2025, 9, 2)]


def test_sensex_moved_from_tuesday_to_thursday_in_september_2025():
    assert days("SENSEX", date(2025, 8, 20))[:2] == [date(2025, 8, 26), date(2025, 9, 4)]


@pytest.mark.parametrize(
    ("name", "day", "expiry"),
    [
        ("NIFTY", date(2026, 3, 1), date(2026, 3, 2)),
        ("NIFTY", date(2026, 3, 26), date(2026, 3, 30)),
        ("NIFTY", date(2026, 4, 9), date(2026, 4, 13)),
        ("NIFTY", date(2026, 10, 16), date(2026, 10, 19)),
        ("NIFTY", date(2026, 11, 5), date(2026, 11, 9)),
        ("BANKNIFTY", date(2026, 11, 2), date(2026, 11, 23)),
        ("SENSEX", date(2026, 1, 12), date(2026, 1, 14)),
        ("SENSEX", date(2026, 3, 23), date(2026, 3, 25)),
        ("SENSEX", date(2026, 5, 25), date(2026, 5, 27)),
        ("CRUDEOILM", date(2026, 10, 1), date(2026, 10, 15)),
    ],
)
def test_published_expiries_of_2026_are_met(name, day, expiry):
    assert days(name, day)[0] == expiry


def test_the_day_of_expiry_is_still_listed():
    assert days("NIFTY", date(2026, 11, 23))[0] == date(2026, 11, 23)


@pytest.mark.parametrize("name", ["BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"])
def test_other_nse_indices_have_monthlies_only(name):
    found = listed(BY_NAME[name], date(2026, 10, 1), 4)

    assert [each.day for each in found] == [date(2026, 10, 27), date(2026, 11, 23), date(2026, 12, 29)]
    assert all(each.is_monthly for each in found)


def test_banknifty_still_had_weeklies_early_in_november_2024():
    found = listed(BY_NAME["BANKNIFTY"], date(2024, 11, 4), 4)

    assert [(each.day, each.is_monthly) for each in found[:3]] == [
        (date(2024, 11, 6), False),
        (date(2024, 11, 13), False),
        (date(2024, 11, 27), True),
    ]


def test_a_weekly_is_priced_on_the_future_of_the_next_monthly():
    found = listed(BY_NAME["NIFTY"], date(2026, 11, 24), 2)

    assert [(each.day, each.future_day) for each in found[:2]] == [
        (date(2026, 12, 1), date(2026, 12, 29)),
        (date(2026, 12, 8), date(2026, 12, 29)),
    ]


@pytest.mark.parametrize(("name", "step"), [("NIFTY", 50.0), ("MIDCPNIFTY", 25.0), ("SILVERMIC", 1_000.0)])
def test_strikes_are_as_far_apart_as_the_rulebook_says(name, step):
    assert BY_NAME[name].strike_step(date(2026, 11, 20)) == step


def test_every_expiry_is_listed_once_and_in_order():
    for underlying in UNDERLYINGS:
        found = [each.day for each in listed(underlying, date(2026, 11, 20), 4)]
        assert found == sorted(set(found))


def test_a_commoditys_options_end_before_their_future():
    near = listed(BY_NAME["CRUDEOILM"], date(2026, 10, 1), 4)[0]

    assert (near.day, near.future_day) == (date(2026, 10, 15), date(2026, 10, 19))


@pytest.mark.parametrize(
    ("name", "expiry", "lot"),
    [
        ("NIFTY", date(2025, 9, 2), 75),
        ("NIFTY", date(2025, 12, 30), 75),
        ("NIFTY", date(2026, 1, 27), 65),
        ("BANKNIFTY", date(2025, 6, 26), 30),
        ("BANKNIFTY", date(2025, 8, 28), 35),
        ("BANKNIFTY", date(2026, 1, 27), 30),
        ("MIDCPNIFTY", date(2025, 9, 30), 140),
        ("SENSEX", date(2026, 11, 26), 20),
        ("NIFTY", date(2022, 3, 31), 50),  # older than the rulebook: its first rule
        ("CRUDEOILM", date(2026, 10, 15), 10),
    ],
)
def test_lots_change_by_contract(name, expiry, lot):
    assert BY_NAME[name].lot_size(expiry) == lot
