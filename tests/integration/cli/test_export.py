"""What `oi export` writes, read again with DuckDB, pandas and Arrow."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert

from oi_cli.export.choice import Choice
from oi_cli.export.rows import PAGE, Rows
from oi_cli.export.run import write_selection
from oi_cli.export.selection import selection_of
from oi_cli.export.sets import SETS, named
from oi_cli.export.view import one_view
from oi_common.database import Database
from oi_common.tables import index_candles
from support import grafana_day
from support.exporting import SNAPSHOTS, UNKNOWN, fill, run_oi

CLOCKS = ("--without", "created_at", "--without", "updated_at")


def asked(query):
    return duckdb.sql(query).fetchall()


def test_snapshots_open_in_duckdb_with_types_and_unknown_values(filled, tmp_path):
    file = tmp_path / "s.parquet"

    said = run_oi("export", "snapshots", "--out", file)

    assert f"{file}: {SNAPSHOTS} rows" in said
    told = asked(f"SELECT count(*), count(ce_oi), min(strike), max(ce_iv) FROM '{file}'")
    assert told[0] == (SNAPSHOTS, SNAPSHOTS - UNKNOWN, 24400, Decimal("12.5000"))
    types = {name: kind for name, kind, *_ in asked(f"DESCRIBE SELECT * FROM '{file}'")}
    assert types["time"] == "TIMESTAMP"
    assert types["feed_time"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["expiry"], types["ce_oi"], types["ce_ltp"]) == ("DATE", "BIGINT", "DECIMAL(18,2)")
    first = asked(f"SELECT time, epoch(feed_time), spot FROM '{file}' LIMIT 1")
    assert first[0] == (grafana_day.OPENS, datetime(2026, 11, 20, 3, 45, tzinfo=UTC).timestamp(), None)


def test_snapshots_open_in_pandas(filled, tmp_path):
    run_oi("export", "snapshots", "--out", tmp_path / "s.parquet")

    frame = pd.read_parquet(tmp_path / "s.parquet")

    assert len(frame) == SNAPSHOTS
    assert frame["ce_oi"].isna().sum() == UNKNOWN
    assert frame["time"].iloc[0] == pd.Timestamp("2026-11-20 09:15")
    assert frame["feed_time"].iloc[0] == pd.Timestamp("2026-11-20 03:45", tz="UTC")


def test_the_schema_says_units_and_meanings(filled, tmp_path):
    run_oi("export", "buckets", "--out", tmp_path / "b.parquet")

    schema = pq.read_schema(tmp_path / "b.parquet")

    assert schema.metadata[b"table"] == b"chain_buckets"
    assert schema.field("net_gex").metadata[b"unit"] == b"crore rupees per 1 % of spot"
    assert schema.field("ce_oi").metadata[b"meaning"] == b"calls: all strikes"
    assert all(b"meaning" in field.metadata for field in schema)


def test_json_is_text_in_one_form(filled, tmp_path):
    run_oi("export", "buckets", "--out", tmp_path / "b.parquet")

    rows = asked(f"SELECT support, polls_missed FROM '{tmp_path}/b.parquet' ORDER BY time")

    assert rows[0] == ('[{"oi":300,"strike":24500}]', "[]")
    assert rows[grafana_day.MISSING][0] is None


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_same_rows_make_the_same_file(filled, tmp_path, form):
    for name in ("one", "two"):
        run_oi("export", "all", "--format", form, "--out", tmp_path / name)

    one = {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}
    assert one == {file.name: file.read_bytes() for file in (tmp_path / "two").iterdir()}
    assert f"snapshots.{form}" in one
    assert f"decisions.{form}" in one


def test_every_kind_of_database_makes_the_same_files(sqlite_url, database_url, tmp_path, monkeypatch):
    for url, name in ((sqlite_url, "lite"), (database_url, "server")):
        fill(url)
        monkeypatch.setenv("DATABASE_URL", url)
        run_oi("export", "all", *CLOCKS, "--out", tmp_path / name)

    lite = {file.name: file.read_bytes() for file in (tmp_path / "lite").iterdir()}
    server = {file.name: file.read_bytes() for file in (tmp_path / "server").iterdir()}
    assert lite.keys() == server.keys()
    assert [name for name in lite if lite[name] != server[name]] == []


def test_csv_leaves_the_unknown_empty_and_describes_its_columns(filled, tmp_path):
    file = tmp_path / "s.csv"

    run_oi("export", "snapshots", "--out", file)

    with file.open(newline="") as opened:
        first = next(csv.DictReader(opened))
    assert (first["time"], first["ce_oi"], first["pe_oi"]) == ("2026-11-20 09:15:00.000000", "", "0")
    assert first["feed_time"] == "2026-11-20 03:45:00.000000Z"
    described = json.loads((tmp_path / "s.csv.json").read_text())
    of_oi = next(column for column in described["columns"] if column["name"] == "ce_oi")
    assert (of_oi["unit"], of_oi["type"]) == ("units", "int64")
    assert described["primary_key"] == ["time", "index_name", "expiry", "strike"]
    assert asked(f"SELECT count(*), count(ce_oi) FROM '{file}'") == [(SNAPSHOTS, SNAPSHOTS - UNKNOWN)]


def test_an_export_that_is_broken_off_leaves_nothing(filled, tmp_path):
    class Stopping:
        def advance(self, *_far):
            raise KeyboardInterrupt

    selection = selection_of(named("snapshots")[0], Choice())
    with one_view(filled) as connection, pytest.raises(KeyboardInterrupt):
        write_selection(connection, selection, tmp_path / "s.parquet", progress=Stopping())

    assert list(tmp_path.glob("*s.parquet*")) == []


def test_rows_come_in_pages_and_in_the_order_of_their_key(filled):
    with one_view(filled) as connection:
        pages = list(Rows(connection, selection_of(SETS[0], Choice()), page=50).batches())

    sizes = [page.num_rows for page in pages]
    assert sizes == [50] * (SNAPSHOTS // 50) + ([SNAPSHOTS % 50] if SNAPSHOTS % 50 else [])
    keys = [(r["time"], r["strike"]) for page in pages for r in page.select(["time", "strike"]).to_pylist()]
    assert keys == sorted(keys)


def test_what_is_written_meanwhile_is_not_seen(filled, tmp_path):
    database = Database(filled)
    with one_view(filled) as connection:
        selection = selection_of(named("trades")[0], Choice())
        before = selection.count(connection)
        with database.engine.begin() as writing:
            writing.execute(selection.table.delete())
        assert selection.count(connection) == before
    database.close()


def test_memory_does_not_grow_with_the_rows(any_database_url, tmp_path):
    few, many = 10 * PAGE, 30 * PAGE

    peaks = [peak_of_export(any_database_url, rows, tmp_path / f"{rows}.parquet") for rows in (few, many)]

    assert pq.read_metadata(tmp_path / f"{many}.parquet").num_rows == many
    assert peaks[1] < 1.3 * peaks[0]


def peak_of_export(url, rows, file):
    """Fill the candles up to so many rows, export them, and return the most memory that Python held."""
    database, start = Database(url), datetime(2020, 1, 1)  # noqa: DTZ001 - wall time
    with database.engine.begin() as connection:
        connection.execute(index_candles.delete())
        prices = dict.fromkeys(("open", "high", "low", "close"), 24500.05)
        candle = {**prices, "index_name": "NIFTY", "volume": None, "source": "live"}
        made = [{"time": start + timedelta(minutes=3 * number), **candle} for number in range(rows)]
        connection.execute(insert(index_candles), made)
    database.close()
    del made
    tracemalloc.start()
    with one_view(url) as connection:
        write_selection(connection, selection_of(named("candles")[0], Choice()), file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
