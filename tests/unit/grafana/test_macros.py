"""Queries are expanded as Grafana's front end and its MySQL data source do it (pkg/tsdb/mysql/macros.go)."""

from datetime import UTC, datetime

import pytest

from support.grafana import InvalidQuery, View, expanded

VIEW = View(
    begins=datetime(2026, 11, 20, 3, 30, tzinfo=UTC),
    ends=datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
    variables={"index": "NIFTY", "odd": 'it\'s "so"'},
)
FROM, TO = 1795145400, 1795170600


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("$__time(t)", "UNIX_TIMESTAMP(t) as time_sec"),
        ("$__timeEpoch(t)", "UNIX_TIMESTAMP(t) as time_sec"),
        ("$__timeFilter(b.time)", f"b.time BETWEEN FROM_UNIXTIME({FROM}) AND FROM_UNIXTIME({TO})"),
        ("$__timeFrom() - $__timeTo()", f"FROM_UNIXTIME({FROM}) - FROM_UNIXTIME({TO})"),
        ("$__timeGroup(t, '5m')", "UNIX_TIMESTAMP(t) DIV 300 * 300"),
        ("$__timeGroup(t,3m,NULL)", "UNIX_TIMESTAMP(t) DIV 180 * 180"),
        ('$__timeGroupAlias(t, "1h")', 'UNIX_TIMESTAMP(t) DIV 3600 * 3600 AS "time"'),
        ("$__timeGroup(t, $__interval)", "UNIX_TIMESTAMP(t) DIV 60 * 60"),
        ("$__unixEpochFilter(t)", f"t >= {FROM} AND t <= {TO}"),
        ("$__unixEpochFrom() $__unixEpochTo()", f"{FROM} {TO}"),
        ("$__unixEpochNanoFilter(t)", f"t >= {FROM}000000000 AND t <= {TO}000000000"),
        ("$__unixEpochGroup(t, 1d)", "t DIV 86400 * 86400"),
        ("$__unixEpochGroupAlias(t, 1d)", 't DIV 86400 * 86400 AS "time"'),
    ],
)
def test_a_macro_becomes_what_the_data_source_makes_of_it(written, sent):
    assert expanded(written, VIEW) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("$index ${index}", "NIFTY NIFTY"),
        ("${index:sqlstring}", "'NIFTY'"),
        ("${odd:sqlstring}", "'it''s \\\"so\\\"'"),
        ("$odd", "it''s \"so\""),
        ("${odd:raw}", 'it\'s "so"'),
        ("$__from ${__to}", f"{FROM}000 {TO}000"),
        ("$__interval_ms", "60000"),
    ],
)
def test_a_variable_is_written_as_its_format_says(written, sent):
    assert expanded(written, VIEW) == sent


@pytest.mark.parametrize(
    "written",
    [
        "$__timeSince(t)",
        "$__timeGroup(t)",
        "$__timeGroup(t, 'often')",
        "${index:shouting}",
        "SHOW GRANTS",
        "SELECT a, user() FROM b",
        "SELECT current_user",
    ],
)
def test_what_grafana_refuses_is_refused(written):
    with pytest.raises(InvalidQuery):
        expanded(written, VIEW)


def test_a_variable_that_there_is_not_is_an_error():
    with pytest.raises(KeyError):
        expanded("$indx", VIEW)
