"""Rows come back from every database as they went in, whatever is in them."""

import string
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    select,
)
from sqlalchemy.dialects.mysql import DOUBLE
from sqlalchemy.exc import DBAPIError

from oi_common.database import Database
from oi_common.tables.base import Moment
from oi_common.upserts import upsert

ODD = Table(
    "odd_things",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text),
    Column("number", BigInteger),
    Column("ratio", DOUBLE(asdecimal=False)),
    Column("price", Numeric(10, 2)),
    Column("flag", Boolean),
    Column("day", Date),
    Column("moment", Moment),
    Column("facts", JSON(none_as_null=True)),
)
# What an SQL text could trip over: its quotes, its escapes, its comments, its placeholders.
TRAPS = st.sampled_from(
    ["'", '"', "\\", "\\'", "%s", "%", "%%", ":x", "--", "/*", ";", "\n", "\0", "₹", "😀", "`"]
)
TEXTS = st.lists(st.one_of(TRAPS, st.text(string.printable, max_size=5)), max_size=8).map("".join)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 - as columns are
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | TEXTS,
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "ratio": st.none()
        | st.floats(-1e300, 1e300, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-300),
        "price": st.none() | st.decimals(-9999, 9999, places=2),
        "flag": st.none() | st.booleans(),
        "day": st.none() | DAYS,
        "moment": st.none() | MOMENTS,
        "facts": st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(0, 9), max_size=3),
    }
)


@pytest.fixture(params=["sqlite", "server"])
def database(request, tmp_path):
    url = (
        f"sqlite:///{tmp_path}/odd.db"
        if request.param == "sqlite"
        else request.getfixturevalue("empty_database_url")
    )
    opened = Database(url)
    ODD.create(opened.engine)
    yield opened
    opened.close()


def stored(database):
    found = database.run_blocking(lambda c: c.execute(select(ODD).order_by(ODD.c.id)).mappings().all())
    return [dict(row) for row in found]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_every_value_comes_back_as_it_went_in(database, contents):
    rows = [{"id": number, **content} for number, content in enumerate(contents)]

    database.run_blocking(lambda c: (c.execute(ODD.delete()), upsert(c, ODD, rows)))

    assert stored(database) == rows


def test_more_rows_than_one_statement_takes_are_all_there(database):
    long = "x" * 3_000
    rows = [{"id": number, "text": long} for number in range(1_201)]

    database.run_blocking(lambda c: upsert(c, ODD, rows))
    database.run_blocking(lambda c: upsert(c, ODD, [{"id": 1_200, "text": "new"}]))

    found = stored(database)
    assert [row["id"] for row in found] == list(range(1_201))
    assert (found[0]["text"], found[-1]["text"]) == (long, "new")


def test_with_nothing_to_update_what_is_there_stays(database):
    for text in ("first", "second"):
        database.run_blocking(
            lambda c, text=text: upsert(c, ODD, [{"id": 1, "text": text}], keep=frozenset({"text"}))
        )

    assert [row["text"] for row in stored(database)] == ["first"]


@pytest.fixture
def server(empty_database_url):
    opened = Database(empty_database_url)
    ODD.create(opened.engine)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [("ratio", float("nan")), ("ratio", float("inf")), ("moment", datetime(2026, 11, 20, tzinfo=UTC))],
)
def test_what_no_column_can_hold_is_refused(server, column, value):
    with pytest.raises(ValueError, match=r"nan|inf|has a zone"):
        server.run_blocking(lambda c: upsert(c, ODD, [{"id": 1, column: value}]))


def test_an_error_shows_the_beginning_of_a_large_statement_only(server):
    rows = [{"id": number, "price": Decimal(10**12)} for number in range(500)]

    with pytest.raises(DBAPIError) as caught:
        server.run_blocking(lambda c: upsert(c, ODD, rows))

    assert "odd_things" in str(caught.value)
    assert len(str(caught.value)) < 1_000
