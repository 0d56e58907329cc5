"""Which rows `oi export` writes where, and what it says when there are none."""

from datetime import date, datetime

import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert

from oi_cli.export.choice import Choice
from oi_common.database import Database
from oi_common.tables import ai_calls
from support import grafana_day
from support.exporting import SNAPSHOTS, run_oi
from support.made_rows import row


def test_rows_are_chosen_by_day_index_and_expiry(filled, tmp_path):
    chosen = ("--day", grafana_day.DAY, "--index", "nifty", "--expiry", grafana_day.EXPIRY)
    run_oi("export", "snapshots", *chosen, "--out", tmp_path)

    name = f"snapshots_NIFTY_expiry-{grafana_day.EXPIRY}_{grafana_day.DAY}.parquet"
    assert pq.read_metadata(tmp_path / name).num_rows == SNAPSHOTS
    said = run_oi("export", "snapshots", "--from", "2026-11-21", code=1)
    assert "there are no rows of snapshots from 2026-11-21; nothing was written" in said
    said = run_oi("export", "snapshots", "--index", "NIFTI", code=1)
    assert "there are no rows of snapshots of NIFTI; there are rows of: NIFTY" in said
    assert run_oi("export", "snapshots", "--expiry", "2026-12-01", code=1)


def test_a_day_of_moments_in_utc_begins_at_midnight_in_india(filled, tmp_path):
    database = Database(filled)
    with database.engine.begin() as connection:
        for number, called_at in enumerate((datetime(2026, 11, 21, 18, 29), datetime(2026, 11, 21, 18, 30))):  # noqa: DTZ001
            whole = row(ai_calls, call_id=f"edge{number}", called_at=called_at, index_name="NIFTY")
            connection.execute(insert(ai_calls), [whole])
    database.close()

    run_oi("export", "calls", "--day", "2026-11-22", "--out", tmp_path / "c.parquet")

    assert pq.read_table(tmp_path / "c.parquet")["call_id"].to_pylist() == ["edge1"]


def test_all_leaves_out_what_cannot_be_chosen_so(filled, tmp_path):
    said = run_oi("export", "all", "--day", grafana_day.DAY, "--out", tmp_path)

    assert "instruments: left out, its rows have no day" in said
    assert "candles: no rows" in said
    names = {file.name for file in tmp_path.glob("*.parquet")}
    assert {f"{name}_{grafana_day.DAY}.parquet" for name in ("snapshots", "trades", "equity")} <= names


def test_what_is_there_is_not_overwritten_unasked(filled, tmp_path):
    run_oi("export", "trades", "--out", tmp_path / "t.parquet")
    before = (tmp_path / "t.parquet").stat().st_mtime_ns

    said = run_oi("export", "trades", "--out", tmp_path / "t.parquet", code=78)

    assert "is there already; --force overwrites it" in said
    assert (tmp_path / "t.parquet").stat().st_mtime_ns == before
    run_oi("export", "trades", "--out", tmp_path / "t.parquet", "--force")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chains"], "nothing that can be exported"),
        (["snapshots", "--day", "2026-11-20", "--to", "2026-11-21"], "--day is one day"),
        (["snapshots", "--from", "2026-11-20", "--to", "2026-11-19"], "is before --from"),
        (["snapshots", "--without", "strike"], "told apart by it"),
        (["snapshots", "--without", "stirke"], "there is no such column"),
        (["instruments", "--day", "2026-11-20"], "its rows have none"),
        (["all", "--out", "x.csv"], "name a folder"),
    ],
)
def test_wrong_usage_is_said(arguments, said, monkeypatch, sqlite_url):
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    assert said in " ".join(run_oi("export", *arguments, code=2).replace("│", " ").split())


def test_a_database_that_is_not_migrated_is_said(tmp_path, monkeypatch):
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert "has `oi migrate` been run?" in run_oi("export", "snapshots", code=69)


def test_days_are_dates():
    assert Choice(date(2026, 1, 1), date(2026, 1, 2)).is_by_day
    assert str(Choice(date(2026, 1, 1), date(2026, 1, 1), "NIFTY")) == "of NIFTY on 2026-01-01"
