"""Expiry rules by date, and the days they come to."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.rulebook.expiries import WEEKDAYS, expiry_days, expiry_rule, month_expiry
from oi_common.market.sessions import is_regular_day

INDICES = ["NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50"]
YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))
days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def rule(index, day):
    found = expiry_rule(index, date.fromisoformat(day))
    return tuple(
        None if weekday is None else WEEKDAYS[weekday][:3] for weekday in (found.weekly, found.monthly)
    )


@pytest.mark.parametrize(
    ("index", "day", "weekly", "monthly"),
    [
        # SEBI's approval of 17 Jun 2025 (business-standard.com): what ends from 1 Sep 2025 on
        ("NIFTY", "2025-08-31", "Thu", "Thu"),
        ("NIFTY", "2025-09-01", "Tue", "Tue"),
        ("BANKNIFTY", "2025-08-31", None, "Thu"),
        ("BANKNIFTY", "2025-09-01", None, "Tue"),
        ("FINNIFTY", "2025-08-31", None, "Thu"),
        ("FINNIFTY", "2025-09-01", None, "Tue"),
        ("MIDCPNIFTY", "2025-08-31", None, "Thu"),
        ("MIDCPNIFTY", "2025-09-01", None, "Tue"),
        ("NIFTYNXT50", "2025-08-31", None, "Thu"),
        ("NIFTYNXT50", "2025-09-01", None, "Tue"),
        ("SENSEX", "2025-08-31", "Tue", "Tue"),
        ("SENSEX", "2025-09-01", "Thu", "Thu"),
        ("BANKEX", "2025-08-31", None, "Tue"),
        ("BANKEX", "2025-09-01", None, "Thu"),
        ("SENSEX50", "2025-08-31", None, "Tue"),
        ("SENSEX50", "2025-09-01", None, "Thu"),
        # the move to Monday of NSE/FAOP/66938 was withdrawn before it came
        ("NIFTY", "2025-04-03", "Thu", "Thu"),
        ("NIFTY", "2025-04-07", "Thu", "Thu"),
        # NSE circular of 29 Nov 2024, BSE circular of 28 Nov 2024
        ("BANKNIFTY", "2024-12-31", None, "Wed"),
        ("BANKNIFTY", "2025-01-01", None, "Thu"),
        ("FINNIFTY", "2024-12-31", None, "Tue"),
        ("FINNIFTY", "2025-01-01", None, "Thu"),
        ("MIDCPNIFTY", "2024-12-31", None, "Mon"),
        ("MIDCPNIFTY", "2025-01-01", None, "Thu"),
        ("NIFTYNXT50", "2024-12-31", None, "Fri"),
        ("NIFTYNXT50", "2025-01-01", None, "Thu"),
        ("SENSEX", "2025-01-03", "Fri", "Fri"),
        ("SENSEX", "2025-01-04", "Tue", "Tue"),
        ("BANKEX", "2024-12-31", None, "Mon"),
        ("BANKEX", "2025-01-01", None, "Tue"),
        ("SENSEX50", "2024-12-31", None, "Thu"),
        ("SENSEX50", "2025-01-01", None, "Tue"),
        # one weekly an exchange: NSE circular of 10 Oct 2024, BSE announcement of 3 Oct 2024
        ("BANKNIFTY", "2024-11-13", "Wed", "Wed"),
        ("BANKNIFTY", "2024-11-14", None, "Wed"),
        ("FINNIFTY", "2024-11-19", "Tue", "Tue"),
        ("FINNIFTY", "2024-11-20", None, "Tue"),
        ("MIDCPNIFTY", "2024-11-18", "Mon", "Mon"),
        ("MIDCPNIFTY", "2024-11-19", None, "Mon"),
        ("BANKEX", "2024-11-18", "Mon", "Mon"),
        ("BANKEX", "2024-11-19", None, "Mon"),
        ("SENSEX50", "2024-11-14", "Thu", "Thu"),
        ("SENSEX50", "2024-11-15", None, "Thu"),
        # NSE circular of 29 Dec 2023 (livemint.com); listing of 24 Apr 2024 (businesstoday.in)
        ("BANKNIFTY", "2024-02-29", "Wed", "Thu"),
        ("BANKNIFTY", "2024-03-01", "Wed", "Wed"),
        ("NIFTYNXT50", "2024-04-23", None, None),
        ("NIFTYNXT50", "2024-04-24", None, "Fri"),
    ],
)
def test_rules_by_date(index, day, weekly, monthly):
    assert rule(index, day) == (weekly, monthly)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        # holidays of 2026: stocktrack.co.in; the first is in openalgo#969 as NIFTY02MAR26, that of 15 Jan in
        # zeenews.india.com of 12 Jan 2026
        (
            "NIFTY",
            [
                ("2026-03-03", "2026-03-02", False),
                ("2026-03-31", "2026-03-30", True),
                ("2026-04-14", "2026-04-13", False),
                ("2026-10-20", "2026-10-19", False),
                ("2026-11-10", "2026-11-09", False),
                ("2026-11-24", "2026-11-23", True),
            ],
        ),
        (
            "SENSEX",
            [
                ("2026-01-15", "2026-01-14", False),
                ("2026-03-26", "2026-03-25", True),
                ("2026-05-28", "2026-05-27", True),
            ],
        ),
    ],
)
def test_nine_expiries_of_2026_move_to_the_trading_day_before(index, expected):
    found = [
        (each.rule_day.isoformat(), each.day.isoformat(), each.is_monthly)
        for each in expiry_days(index, *YEAR_2026)
        if each.day != each.rule_day
    ]

    assert found == expected


@pytest.mark.parametrize(
    ("index", "first", "last", "expected"),
    [
        ("NIFTY", "2025-08-25", "2025-09-10", ["2025-08-28", "2025-09-02", "2025-09-09"]),
        ("SENSEX", "2025-08-25", "2025-09-12", ["2025-08-26", "2025-09-04", "2025-09-11"]),
        # the weekly of 3 Jan 2025 stayed a Friday (latestly.com of 10 Jan 2025)
        ("SENSEX", "2024-12-23", "2025-01-15", ["2024-12-27", "2025-01-03", "2025-01-07", "2025-01-14"]),
        # no weekly in the week of a monthly (moneycontrol.com of 12 Jul 2023)
        ("BANKNIFTY", "2024-01-16", "2024-02-08", ["2024-01-17", "2024-01-25", "2024-01-31", "2024-02-07"]),
        ("BANKNIFTY", "2024-02-26", "2024-03-07", ["2024-02-29", "2024-03-06"]),
        # livemint.com of 29 Dec 2023: 27 Mar, 24 Apr, 29 May, 26 Jun, 25 Sep, 24 Dec 2024
        ("BANKNIFTY", "2024-11-07", "2024-12-31", ["2024-11-13", "2024-11-27", "2024-12-24"]),
        # businesstoday.in of 19 Jan 2024, zerodha.com bulletin 369143: to the Saturday
        ("MIDCPNIFTY", "2024-01-15", "2024-01-24", ["2024-01-15", "2024-01-20"]),
        ("BANKEX", "2024-01-15", "2024-01-24", ["2024-01-15", "2024-01-20"]),
        # tgstat of Dec 2024: the last of the old arrangement
        ("MIDCPNIFTY", "2024-12-01", "2025-01-31", ["2024-12-30", "2025-01-30"]),
        ("FINNIFTY", "2024-12-01", "2025-01-31", ["2024-12-31", "2025-01-30"]),
        ("BANKEX", "2024-12-01", "2025-01-31", ["2024-12-30", "2025-01-28"]),
        ("NIFTYNXT50", "2024-01-01", "2024-06-30", ["2024-04-26", "2024-05-31", "2024-06-28"]),
        # NSE circular of 28 Mar 2025 (ndtvprofit.com)
        (
            "BANKNIFTY",
            "2025-04-01",
            "2025-07-31",
            ["2025-04-24", "2025-05-29", "2025-06-26", "2025-07-31"],
        ),
        # instrument lists of Jul and Aug 2026
        (
            "NIFTY",
            "2026-08-01",
            "2026-09-01",
            ["2026-08-04", "2026-08-11", "2026-08-18", "2026-08-25", "2026-09-01"],
        ),
        ("BANKNIFTY", "2026-08-01", "2026-10-31", ["2026-08-25", "2026-09-29", "2026-10-27"]),
    ],
)
def test_expiries_are_those_that_were_listed(index, first, last, expected):
    found = expiry_days(index, date.fromisoformat(first), date.fromisoformat(last))

    assert [each.day.isoformat() for each in found] == expected


def test_quarters_end_with_the_monthly_of_their_month():  # instrument lists of Jul and Aug 2026
    found = [month_expiry("NIFTY", date(*month, 1)).day for month in ((2026, 12), (2027, 3), (2027, 6))]

    assert found == [date(2026, 12, 29), date(2027, 3, 30), date(2027, 6, 29)]
    assert month_expiry("NIFTYNXT50", date(2024, 3, 1)) is None


@given(days, st.sampled_from(INDICES))
def test_expiries_are_regular_days_at_or_before_the_day_of_the_rule(first, index):
    found = list(expiry_days(index, first, first + timedelta(days=70)))

    assert found or first < date(2024, 4, 24)
    for each in found:
        rule_then = expiry_rule(index, each.rule_day)
        assert first <= each.day <= each.rule_day
        assert each.day > date(2026, 12, 31) or is_regular_day(rule_then.segment, each.day)
        assert each.rule_day.weekday() == (rule_then.monthly if each.is_monthly else rule_then.weekly)
        between = [each.day + timedelta(days=number + 1) for number in range((each.rule_day - each.day).days)]
        assert not any(is_regular_day(rule_then.segment, day) for day in between)


@given(days, st.sampled_from(INDICES))
def test_expiries_come_in_order_at_most_one_a_week(first, index):
    found = list(expiry_days(index, first, first + timedelta(days=70)))

    assert all(before.day < after.day for before, after in pairwise(found))
    weeks = [each.rule_day.isocalendar()[:2] for each in found]
    assert len(set(weeks)) == len(weeks)


@given(days, st.sampled_from(["NIFTY", "BANKNIFTY", "SENSEX", "BANKEX"]))
def test_a_month_has_one_monthly_expiry_and_its_rule_names_the_last_such_weekday(day, index):
    expiry = month_expiry(index, day)

    begins = expiry.rule_day.replace(day=1)
    found = [each for each in expiry_days(index, begins, begins + timedelta(days=40)) if each.is_monthly]

    assert expiry in found
    assert (expiry.rule_day + timedelta(days=7)).month != expiry.rule_day.month
    assert [each for each in found if each.rule_day.month == expiry.rule_day.month] == [expiry]
