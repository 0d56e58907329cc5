"""No query of a dashboard reads the whole of a table that grows: the database finds an index for each."""

import pytest
from sqlalchemy import create_engine, make_url

from support.databases import run_sql
from support.grafana import expanded
from support.grafana_ledger import BUCKETS, Size, fill
from support.grafana_queries import DAY_SEEN, connected, queries, rows_read, steps

QUERIES = [pytest.param(query, id=f"{query.board}: {query.name}") for query in queries()]
DAYS = Size(days=6, strikes=9, decisions=40, changed=5)


@pytest.fixture(scope="module")
def many_days(database_server_url, own_database):
    """A connection, with the session of Grafana's, to a database that holds some days of four indices."""
    url = own_database(database_server_url, "oi_grafana_days")
    engine = create_engine(url)
    with engine.begin() as connection:
        fill(connection, DAYS)
    engine.dispose()
    with connected(url) as connection:
        yield connection
    run_sql(url, f"DROP DATABASE `{make_url(url).database}`")


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_reads_by_an_index(many_days, query):
    with many_days.cursor() as cursor:
        way = steps(cursor, expanded(query.sql, DAY_SEEN))

    assert way
    assert [str(step) for step in way if step.reads_everything] == []


def test_a_query_without_an_index_is_told(many_days):
    with many_days.cursor() as cursor:
        way = steps(cursor, "SELECT * FROM option_snapshots WHERE ce_oi = 1")

    assert [step.reads_everything for step in way] == [True]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_one_index_reads_no_more_than_a_few_of_its_days(many_days, query):
    # All days' headers of an index, for the lists of days; or a day's snapshots of a chain, twice.
    enough = 1.2 * max(DAYS.days * 2 * BUCKETS, 2 * DAYS.strikes * BUCKETS)

    with many_days.cursor() as cursor:
        read = rows_read(cursor, expanded(query.sql, DAY_SEEN))

    assert 0 < read <= enough


def test_the_rows_that_a_query_reads_are_counted(many_days):
    with many_days.cursor() as cursor:
        read = rows_read(
            cursor, "SELECT * FROM coverage_gaps FORCE INDEX (PRIMARY) WHERE index_name = 'NIFTY'"
        )
        cursor.execute("SELECT COUNT(*) FROM coverage_gaps WHERE index_name = 'NIFTY'")
        (held,) = cursor.fetchone()

    assert held <= read <= held + 2
