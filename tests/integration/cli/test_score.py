"""`oi score` on real databases: what it shows is what plain SQL makes of the same tables."""

import json
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import text
from typer.testing import CliRunner

from oi_cli.main import app
from oi_common.database import Database
from oi_common.upserts import upsert
from support.made_scores import DAYS, rows


def put(database_url, tables):
    database = Database(database_url)
    try:
        for table, found in tables.items():
            database.run_blocking(
                lambda connection, table=table, found=found: upsert(connection, table, found)
            )
    finally:
        database.close()


@pytest.fixture
def scored(any_database_url):
    put(any_database_url, rows())
    return any_database_url


def oi(database_url, *arguments):
    environment = {"REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": database_url}
    return CliRunner().invoke(app, ["score", *arguments], env=environment)


def asked(database_url, query, **given):
    database = Database(database_url)
    try:
        return database.run_blocking(
            lambda connection: [dict(row) for row in connection.execute(text(query), given).mappings()],
            only_reads=True,
        )
    finally:
        database.close()


BY_SQL = """
SELECT loop_, engine, horizon, COUNT(*) AS entered, SUM(net IS NOT NULL) AS known, SUM(hit = 1) AS hits, SUM(net) AS net,
  SUM(gross) AS gross, SUM(exit_reason = 'unknown') AS unknown_, SUM(exit_reason IS NULL) AS followed,
  AVG(CASE WHEN net IS NOT NULL THEN (confidence / 100.0 - hit) * (confidence / 100.0 - hit) END) AS brier,
  COUNT(DISTINCT CASE WHEN net IS NOT NULL THEN {block} END) AS blocks
FROM (SELECT decision_outcomes.*, `loop` AS loop_ FROM decision_outcomes) AS o
WHERE decision = 'ENTER' AND time >= :first AND time < :past {more} GROUP BY loop_, engine, horizon
"""


def by_sql(database_url, first, past, more=""):
    """Return what SQL makes of the tables, by loop, engine and horizon."""
    halves = "(CAST(SUBSTR(CAST(time AS CHAR), 15, 2) AS DECIMAL) >= 30)"
    joined = f"SUBSTR(CAST(time AS CHAR), 1, 13) || {halves} || index_name"
    if not database_url.startswith("sqlite"):
        joined = f"CONCAT(SUBSTR(CAST(time AS CHAR), 1, 13), {halves}, index_name)"
    found = asked(database_url, BY_SQL.format(block=joined, more=more), first=str(first), past=str(past))
    return {(row["loop_"], row["engine"], row["horizon"]): row for row in found}


def compare(told, expected):
    lines = {(e["loop"], e["engine"], e["horizon"]): e for e in told["lines"] if e["entered"]}
    assert set(lines) == set(expected)
    for key, line in lines.items():
        row = expected[key]
        assert [line[name] for name in ("entered", "known", "hits", "unknown", "followed", "blocks")] == [
            int(row[name]) for name in ("entered", "known", "hits", "unknown_", "followed", "blocks")
        ]
        assert (line["net"], line["gross"]) == (
            pytest.approx(float(row["net"])),
            pytest.approx(float(row["gross"])),
        )
        if line["is_enough"]:
            assert line["net_each"]["value"] == pytest.approx(float(row["net"]) / line["known"])
            assert line["hit_rate"]["value"] == pytest.approx(line["hits"] / line["known"])
            assert line["brier"] == pytest.approx(float(row["brier"]), abs=1e-6)
    return lines


def test_what_is_shown_is_what_plain_sql_makes_of_the_tables(scored):
    told = json.loads(oi(scored, "--from", "2026-11-19", "--json").stdout)

    lines = compare(told, by_sql(scored, DAYS[0], DAYS[1] + timedelta(days=1)))
    assert {line["is_enough"] for line in lines.values()} == {True}
    decisions = asked(scored, "SELECT COUNT(*) AS n FROM ai_decisions WHERE `loop` = 'minimal'")[0]["n"]
    assert {line["decisions"] for line in told["lines"] if line["loop"] == "minimal"} == {decisions} == {160}


def test_a_day_an_index_and_a_loop_are_chosen_as_sql_chooses_them(scored):
    told = json.loads(
        oi(scored, "--day", "2026-11-19", "--index", "nifty", "--loop", "minimal", "--json").stdout
    )

    compare(told, by_sql(scored, *DAYS, more="AND index_name = 'NIFTY' AND loop_ = 'minimal'"))
    assert {line["decisions"] for line in told["lines"]} == {40}


def test_hours_days_and_confidence_part_the_same_entries(scored):
    told = json.loads(oi(scored, "--from", "2026-11-19", "--horizon", "15", "--json").stdout)

    lines = {(line["loop"], line["engine"]): line for line in told["lines"] if line["horizon"] == "15"}
    for profile in told["profiles"]:
        line = lines[profile["loop"], profile["engine"]]
        for parts in ("by_time_of_day", "by_days_to_expiry", "calibration"):
            assert sum(part["known"] for part in profile[parts]) == line["known"]
            assert sum(part["hits"] for part in profile[parts]) == line["hits"]
    morning = asked(
        scored,
        "SELECT COUNT(*) AS n, SUM(net) AS net FROM decision_outcomes WHERE engine = 'rules' AND `loop` = 'rich' "
        "AND horizon = '15' AND decision = 'ENTER' AND net IS NOT NULL AND SUBSTR(CAST(time AS CHAR), 12, 5) < '11:30'",
    )[0]
    profile = next(each for each in told["profiles"] if (each["loop"], each["engine"]) == ("rich", "rules"))
    part = next(each for each in profile["by_time_of_day"] if each["name"] == "morning")
    assert (part["known"], part["net"]) == (morning["n"], pytest.approx(float(morning["net"])))


def test_the_bill_is_that_of_the_decisions(scored):
    told = json.loads(oi(scored, "--from", "2026-11-19", "--json").stdout)

    for bill in told["costs"]:
        [row] = asked(
            scored, "SELECT COUNT(cost_inr) AS paid, SUM(cost_inr) AS rupees FROM ai_decisions WHERE `loop` = :loop",
            loop=bill["loop"],
        )  # fmt: skip
        assert (bill["paid"], bill["rupees"]) == (row["paid"], pytest.approx(float(row["rupees"])))
        assert bill["each"] == pytest.approx(bill["rupees"] / bill["paid"])


def test_lines_and_picture_are_of_the_last_day_unless_told_otherwise(scored, tmp_path):
    told = oi(scored, "--image", str(tmp_path / "score.png"))

    assert told.exit_code == 0
    assert told.stdout.startswith("Scorecard of 2026-11-20\n")
    with Image.open(tmp_path / "score.png") as drawn:
        assert drawn.format == "PNG"


def test_where_nothing_is_scored_it_says_what_to_do(any_database_url, tmp_path):
    empty = oi(any_database_url)

    assert (empty.exit_code, "there is nothing to score" in empty.stderr) == (69, True)
    assert oi(any_database_url, "--day", "2026-11-20", "--from", "2026-11-19").exit_code == 2
    put(any_database_url, rows())
    assert oi(any_database_url, "--image", str(tmp_path / "no" / "score.png")).exit_code == 78
