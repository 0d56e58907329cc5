"""Every column that can be exported says what it is."""

import pytest
from sqlalchemy import DateTime

from oi_cli.export.columns import field_of, is_wall_time, schema_of, table_name, twin
from oi_cli.export.meanings import meaning_of, unit_of
from oi_cli.export.sets import SETS
from oi_common.tables import (
    chain_buckets,
    index_candles,
    instruments,
    metadata,
    option_snapshots,
    paper_trades,
)

COLUMNS = [column for table in metadata.sorted_tables for column in table.c]


def test_every_column_has_a_meaning():
    without = [str(c) for c in COLUMNS if not meaning_of(c).removeprefix("calls: ").removeprefix("puts: ")]

    assert without == []


def test_every_number_has_a_unit_and_nothing_else_has():
    numbers = {c: str(field_of(c).type).startswith(("int", "double", "decimal")) for c in COLUMNS}

    assert [str(c) for c, is_number in numbers.items() if bool(unit_of(c)) is not is_number] == []


def test_every_moment_says_whose_time_it_is():
    moments = [column for column in COLUMNS if isinstance(column.type, DateTime)]

    assert [str(c) for c in moments if is_wall_time(c) is not ("IST" in (c.comment or ""))] == []
    silent = [c for c in moments if not any(word in c.comment for word in ("IST", "UTC", "database's clock"))]
    assert [str(c) for c in silent] == []


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        (option_snapshots.c.ce_oi, "units"),
        (option_snapshots.c.pe_oi_change, "units"),
        (option_snapshots.c.pe_oi_percent_change, "percent"),
        (option_snapshots.c.ce_ltp, "rupees"),
        (option_snapshots.c.ce_vs_pe_oi_bar, "ratio"),
        (option_snapshots.c.strike, "rupees"),
        (option_snapshots.c.gex, "crore rupees per 1 % of spot"),
        (chain_buckets.c.pcr_oi_change, "ratio"),
        (chain_buckets.c.pe_volume, "units"),
        (chain_buckets.c.atm_forward_strike, "rupees"),
        (paper_trades.c.charges, "rupees"),
        (instruments.c.lot_size, "units"),
    ],
)
def test_units_are_those_of_the_column(column, unit):
    assert unit_of(column) == unit


def test_a_field_tells_wall_time_from_utc():
    fields = schema_of(option_snapshots)

    assert str(fields.field("time").type) == "timestamp[us]"
    assert fields.field("time").metadata[b"time"] == b"IST wall time"
    assert str(fields.field("feed_time").type) == "timestamp[us, tz=UTC]"
    assert fields.field("feed_time").metadata[b"time"] == b"UTC"


def test_a_schema_alone_says_how_to_read_and_write_the_table():
    schema = schema_of(index_candles, without=["source"])

    table = twin(schema)

    assert table.name == table_name(schema) == "index_candles"
    assert [column.name for column in table.primary_key] == ["time", "index_name"]
    assert list(table.c.keys()) == [c.name for c in index_candles.c if c.name != "source"]


def test_every_set_has_a_name_of_its_own_and_knows_its_day():
    names = [one.name for one in SETS]

    assert len(set(names)) == len(names)
    assert all(one.day_column is None or one.day_column in one.table.c for one in SETS)
