"""Whether the tables are what the streams say they must be."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from math import isclose
from typing import Any

from support.chaos.plan import EVERY_SECONDS, Plan
from support.chaos.reading import OUR_CLOCK, entries_in
from support.ledger import session_of
from support.oracle import Rows
from support.oracle_past import PastOracle
from support.oracle_rows import Entry
from support.oracle_tables import Tables

_SHOWN = 5
HANDLED = ("polls", "candles", "backfill", "days")


def expected_tables(client: Any, plan: Plan) -> Tables:
    """Fold what lies in the streams."""
    rule = "or" if plan.snapshot_rule == "change_or_new_bucket" else "and"
    oracle = PastOracle(session_of, timedelta(seconds=EVERY_SECONDS), rule=rule)
    greeks: list[Entry] = []
    for index in plan.indices:
        told = [entry for kind in HANDLED for entry in entries_in(client, kind, index)]
        for entry in sorted(told, key=lambda entry: entry["id"]):
            oracle.take(entry)
        greeks += entries_in(client, "greeks", index)
    return oracle.finish(greeks)


def differences(expected: Tables, stored: Tables) -> list[str]:
    """Return a line for each table that differs: how much, and the first keys with both values."""
    found = []
    for one in fields(Tables):
        found += _differences(one.name, getattr(expected, one.name), getattr(stored, one.name))
    return found


def _differences(table: str, expected: Rows, stored: Rows) -> list[str]:
    lines = [f"{table}: {key} is missing" for key in sorted(expected.keys() - stored.keys(), key=str)]
    lines += [f"{table}: {key} is too much" for key in sorted(stored.keys() - expected.keys(), key=str)]
    for key in sorted(expected.keys() & stored.keys(), key=str):
        columns = unlike(expected[key], stored[key])
        if columns:
            said = ", ".join(
                f"{n}: expected {expected[key][n]!r}, stored {stored[key].get(n)!r}" for n in columns
            )
            lines.append(f"{table}: {key} {said}")
    more = [f"{table}: and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return lines[:_SHOWN] + more


def unlike(expected: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """Return the columns that the oracle knows and that hold something else."""
    return [name for name in expected if name not in OUR_CLOCK and not same(expected[name], stored.get(name))]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=6e-5)  # columns keep four decimals
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)
