from datetime import date, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.choice import Choice, DeskKey, choice_of

INDICES = ("NIFTY", "BANKNIFTY")
AT = datetime(2026, 11, 20, 10, 3)  # noqa: DTZ001 - as the tables hold it

CHOICES = st.builds(
    Choice,
    st.sampled_from(INDICES),
    st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.just(None),
    st.just(None),
    st.booleans(),
)


@given(CHOICES, st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_reload_shows_the_same(choice, day):
    for chosen in (choice, choice.on_day(day), choice.at_bucket(AT)):
        assert choice_of(dict(parse_qsl(chosen.query)), INDICES) == chosen


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"index": "<script>"},
        {"at": "x", "day": "2026-13-40", "expiry": ""},
        {"at": "2026-11-20T10:03+05:30"},
    ],
)
def test_what_makes_no_sense_is_taken_as_not_said(query):
    assert choice_of(query, INDICES) == Choice("NIFTY")


def test_another_underlying_is_looked_at_at_the_same_moment():
    choice = Choice("NIFTY", date(2026, 11, 24)).at_bucket(AT)

    other = choice.of_index("BANKNIFTY")

    assert (other.at, other.day, other.expiry) == (AT, AT.date(), None)
    assert not other.is_live


def test_back_to_the_present_forgets_the_day_and_what_expired_on_it():
    assert Choice("NIFTY", date(2026, 11, 24), is_wide=True).at_bucket(AT).live() == Choice(
        "NIFTY", is_wide=True
    )


def test_a_bucket_is_told_up_to_its_end():
    assert DeskKey("NIFTY", AT.date(), AT).until == AT.replace(minute=6)
    assert DeskKey("NIFTY", AT.date()).until is None
