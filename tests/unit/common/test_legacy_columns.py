"""Spellings of an expiry, and values that our columns can or cannot hold."""

from datetime import date

import pytest
from sqlalchemy import BigInteger, Float, Integer, Numeric, column, create_engine, literal, select

from oi_common.legacy.columns import expiry_said, fitted


@pytest.mark.parametrize(
    "said", ["2025-08-28", " 2025-08-28 ", "2025-08-28 00:00:00", "28AUG2025", "28aug2025", "28-Aug-2025"]
)
def test_an_expiry_is_read_in_every_spelling_that_leaves_no_doubt(said):
    assert expiry_said(said) == date(2025, 8, 28)


@pytest.mark.parametrize("said", ["", "0000-00-00", "05-06-2025", "2025-02-30", "14AUG25", "weekly", "None"])
def test_what_may_mean_another_day_or_none_is_no_expiry(said):
    assert expiry_said(said) is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(Numeric(10, 4), Numeric(12, 4)), (Integer(), BigInteger()), (Numeric(10, 2), Numeric(10, 2))],
)
def test_a_value_that_always_fits_is_taken_as_it_is(given, wanted):
    value = column("ce_ltp", given)

    assert fitted(value, wanted) is value


@pytest.mark.parametrize(
    ("value", "kept"), [(9999.5, 9999.5), (-9999.5, -9999.5), (10000.0, None), (-10000.0, None), (0.0, 0.0)]
)
def test_a_value_too_large_for_its_column_is_null(value, kept):
    with create_engine("sqlite://").connect() as connection:
        found = connection.execute(select(fitted(literal(value, Float), Numeric(12, 8)))).scalar()

    assert found == kept
