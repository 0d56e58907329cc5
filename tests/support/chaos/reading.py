"""What a day has left behind: the entries of its streams and the rows of its tables, in the oracle's shapes."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, create_engine, select, text

from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots
from support.oracle import INDIA, Rows
from support.oracle_rows import Entry, greeks_columns
from support.oracle_tables import Tables

TABLES = {
    "option_snapshots": option_snapshots,
    "chain_buckets": chain_buckets,
    "oi_changes": oi_changes,
    "index_candles": index_candles,
    "coverage_gaps": coverage_gaps,
}
# Moments of our own clock, of no event.
OUR_CLOCK = {"saved_at", "sealed_at", "noticed_at", "repaired_at", "created_at", "updated_at"}
_MOMENTS = {"feed_time", "polled_at", "time", "closed_at"}
_LISTS = {"rows", "expiries"}
_NUMBERS = {"open", "high", "low", "close", "spot"}
_WHOLE = {"volume", "lot_size"}


def entries_in(client: Any, kind: str, index: str) -> list[Entry]:
    """Return the entries of one partition's stream, oldest first."""
    return [
        {"id": tuple(map(int, name.split("-"))), "kind": kind, **read_fields(fields)}
        for name, fields in client.xrange(f"oi:{kind}:{{{index}}}")
    ]


def read_fields(fields: Mapping[str, str]) -> Entry:
    return {name: _read(name, text) for name, text in fields.items()}


def _read(name: str, text: str) -> Any:
    if name == "quotes":
        return {(quote["strike"], quote["type"]): quote for quote in json.loads(text)}
    if name in _MOMENTS:
        return datetime.fromisoformat(text)
    if name in {"expiry", "day"}:
        return date.fromisoformat(text)
    if name in _LISTS:
        return json.loads(text)
    return float(text) if name in _NUMBERS else int(text) if name in _WHOLE else text


def stored_tables(database_url: str) -> Tables:
    """Return all rows of the five tables; moments are aware, numbers floats."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            read = {
                name: _rows(table, connection.execute(select(table)).mappings())
                for name, table in TABLES.items()
            }
    finally:
        engine.dispose()
    return Tables(**read)


def count_rows(database_url: str, query: str) -> int:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())
    finally:
        engine.dispose()


def _rows(table: Table, found: Any) -> Rows:
    keys = [column.name for column in table.primary_key]
    rows = {}
    for row in found:
        plain = {name: _plain(name, value) for name, value in row.items()}
        _leave_out_the_models(plain)
        if "repaired_at" in plain:
            plain["is_repaired"] = plain["repaired_at"] is not None
        rows[tuple(plain[name] for name in keys)] = {n: v for n, v in plain.items() if n not in keys}
    return rows


def _leave_out_the_models(row: dict[str, Any]) -> None:
    """Forget the Greeks that the model has filled in: the oracle knows what was told."""
    for side in ("ce", "pe"):
        if row.get(f"{side}_greeks_source") == "model":
            row |= dict.fromkeys(greeks_columns(side, None))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime) and name not in {"time", "from_time", "to_time"}:
        return (value + timedelta(hours=5, minutes=30)).replace(tzinfo=INDIA)
    return float(value) if isinstance(value, Decimal) else value
