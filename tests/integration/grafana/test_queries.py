"""Every query of every dashboard, as Grafana sends it, against a real database with a made day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from make_dashboards import dashboards
from support.grafana import View, expanded
from support.grafana_day import BUCKETS, DAY, EXPIRY, INDEX, MISSING, OPENS, REPAIRED, SPOT, STRIKES, time_of
from support.grafana_queries import DAY_SEEN, IST

BOARDS = dashboards()
QUERIES = [
    pytest.param(target, id=f"{name}: {panel['title']} {target['refId']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
    for target in panel["targets"]
    if "rawSql" in target
]


def rows(grafana, sql, view=DAY_SEEN):
    with grafana.cursor() as cursor:
        cursor.execute(expanded(sql, view))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def shown(grafana, board, title, view=DAY_SEEN, query=0):
    (panel,) = (panel for panel in BOARDS[board]["panels"] if panel["title"] == title)
    return rows(grafana, panel["targets"][query]["rawSql"], view)


@pytest.mark.parametrize("target", QUERIES)
def test_a_query_returns_rows_of_the_shape_that_its_panel_draws(grafana, target):
    found = rows(grafana, target["rawSql"])

    assert found
    names = list(found[0])
    if target["format"] == "table":
        assert not {"time", "time_sec"} & set(names)
        return
    assert names[0] == "time"
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)
    begins, ends = DAY_SEEN.seconds
    assert all(begins <= row["time"] <= ends for row in found)
    values = [row[name] for row in found for name in names[1:] if name != "metric"]
    assert all(isinstance(value, int | float | Decimal | None) for value in values)
    assert any(value is not None for value in values)


@pytest.mark.parametrize("target", QUERIES)
def test_a_query_of_a_day_without_rows_is_no_error(grafana, target):
    elsewhere = View(
        begins=DAY_SEEN.begins - timedelta(days=30),
        ends=DAY_SEEN.ends - timedelta(days=30),
        variables={**DAY_SEEN.variables, "day": str(DAY - timedelta(days=30)), "index": "SEN'SEX"},
    )

    assert len(rows(grafana, target["rawSql"], elsewhere)) <= 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [("index", INDEX), ("day", str(DAY)), ("expiry", str(EXPIRY))],
)
def test_a_variable_offers_what_is_stored(grafana, name, expected):
    (variable,) = (each for each in BOARDS["chain"]["templating"]["list"] if each["name"] == name)

    assert [list(row.values()) for row in rows(grafana, variable["query"])] == [[expected]]


def test_a_bucket_is_drawn_at_its_own_moment(grafana):
    found = shown(grafana, "day", "Spot, max pain and walls")

    assert found[0] == {
        "time": int(OPENS.replace(tzinfo=IST).timestamp()),
        "Spot": Decimal("24550.00"),
        "Max pain": 24500,
        "Support": Decimal("24500.00"),
        "Resistance": Decimal("24600.00"),
    }
    assert len(found) == BUCKETS


def test_what_is_missing_is_a_hole_and_not_zero(grafana):
    found = shown(grafana, "day", "Put-call ratios")

    assert [n for n, row in enumerate(found) if row["PCR of OI"] is None] == [MISSING]


@pytest.mark.parametrize("side", ["CE", "PE"])
def test_a_cell_of_the_heat_map_is_the_share_of_the_side_that_a_strike_gained(grafana, side):
    found = shown(grafana, "chain", f"{side} OI change by strike and time")

    cells = {(row["time"], row["metric"]): row["value"] for row in found}
    drawn_until = int((time_of(5) + timedelta(minutes=3)).replace(tzinfo=IST).timestamp())
    of_side = {"CE": 1000 + 5, "PE": 900 + 3 * 5}[side]
    assert len(cells) == BUCKETS * len(STRIKES)
    assert float(cells[drawn_until, "24400"]) == pytest.approx(100 * 100 / of_side, abs=0.001)


def test_a_cell_that_nobody_knows_is_below_what_is_drawn(grafana):
    (panel,) = (
        each for each in BOARDS["chain"]["panels"] if each["title"] == "CE OI change by strike and time"
    )
    found = shown(grafana, "chain", panel["title"])

    least_drawn = panel["options"]["filterValues"]["le"]
    unknown = {row["time"] for row in found if row["value"] <= least_drawn}
    ends = [
        int((time_of(bucket) + timedelta(minutes=3)).replace(tzinfo=IST).timestamp())
        for bucket in (0, MISSING)
    ]
    assert sorted(unknown) == ends  # the day's first snapshot has none before it
    assert least_drawn < -100


def test_the_chain_is_that_of_the_end_of_the_time_range(grafana):
    then = replace(DAY_SEEN, ends=time_of(6).replace(tzinfo=IST) + timedelta(seconds=30))

    (glance,) = shown(grafana, "chain", "At a glance", then)

    assert glance["Bucket"] == "20 Nov 09:33:00"
    assert glance["Spot"] == Decimal(str(SPOT + 6))


@pytest.mark.parametrize(
    ("timeframe", "buckets"),
    [("3m", 1), ("15m", 5), ("60m", 20), ("since_open", BUCKETS - 1), ("since_yesterday", BUCKETS - 1)],
)
def test_a_timeframe_counts_from_the_snapshot_at_its_beginning(grafana, timeframe, buckets):
    view = replace(DAY_SEEN, variables={**DAY_SEEN.variables, "timeframe": timeframe})

    found = shown(grafana, "chain", "OI change by strike over $timeframe", view)

    assert [row["Strike"] for row in found] == [str(strike) for strike in STRIKES]
    assert {(row["CE change"], row["PE change"]) for row in found} == {(100 * buckets, 100 * buckets)}


def test_a_timeframe_longer_than_the_day_so_far_has_no_numbers(grafana):
    early = replace(DAY_SEEN, ends=time_of(2).replace(tzinfo=IST))

    found = shown(grafana, "chain", "OI change by strike over $timeframe", early)

    assert {row["CE change"] for row in found} == {None}


def test_the_days_change_over_a_timeframe_is_the_bucketers_own(grafana):
    found = shown(grafana, "day", "OI change over $timeframe")

    assert (found[-1]["CE change"], found[-1]["PE change"]) == (5, 15)
    assert found[4]["CE change"] is None  # 15 minutes reach before the open


def test_gross_equity_is_net_with_the_charges_given_back(grafana):
    found = shown(grafana, "decisions", "Equity, gross and net")

    assert {(row["Gross"], row["Net"]) for row in found[5:]} == {(Decimal(100_000), Decimal(99_970))}


def test_a_trade_after_a_valuation_is_not_yet_paid_in_it(grafana):
    found = shown(grafana, "decisions", "Equity, gross and net")

    assert [row["Gross"] - row["Net"] for row in found[:5]] == [0, 0, 0, 30, 30]


def test_quality_tells_the_hole_and_the_repair(grafana):
    (coverage,) = shown(grafana, "quality", "Coverage by day and expiry")
    gaps = shown(grafana, "quality", "Gaps")
    (repaired,) = shown(grafana, "quality", "Repaired buckets")

    assert (coverage["Buckets"], coverage["Missing"], coverage["Backfilled"]) == (BUCKETS, 1, 1)
    assert [gap["Repaired after"] for gap in gaps] == [300, None]
    assert repaired["time"] == int(time_of(REPAIRED).replace(tzinfo=IST).timestamp())


def test_lateness_is_measured_in_seconds(grafana):
    saved = shown(grafana, "quality", "Saved and sealed after")
    ages = shown(grafana, "quality", "Age of the data when polled")

    assert (saved[0]["Saved"], saved[0]["Sealed"]) == (2, 40)
    assert {row["Age"] for row in ages} == {4}
    assert ages[0]["time"] == int(OPENS.replace(tzinfo=IST).timestamp()) + 34


def test_the_list_of_days_leads_to_the_day(grafana):
    (stored,) = shown(grafana, "day", "Stored days")

    assert stored["Day"] == str(DAY)
    assert datetime.fromtimestamp(int(stored["From"]) / 1000, IST).date() == date(2026, 11, 20)
