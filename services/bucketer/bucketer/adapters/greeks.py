"""Writing Greeks into rows that were saved before the Greeks came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, or_, select, update

from bucketer.core.greeks import Greeks, PendingGreeks, greeks_columns
from bucketer.core.rows import SnapshotRow
from bucketer.core.state import key_of
from oi_common.events import GreeksFetched
from oi_common.market.buckets import from_utc_naive, wall_time
from oi_common.market.chain import Side
from oi_common.tables import option_snapshots

_SIDES: tuple[Side, Side] = ("CE", "PE")
_COLUMNS = tuple(greeks_columns(0, {}))


def write_greeks(
    connection: Connection, time: datetime, fetched: GreeksFetched, merged: PendingGreeks
) -> None:
    """Update the rows of the bucket that exist, leg by leg where the stored Greeks yield to the told ones."""
    here = and_(
        option_snapshots.c.time == wall_time(time),
        option_snapshots.c.index_name == fetched.index_name,
        option_snapshots.c.expiry == fetched.expiry,
    )
    stored = connection.execute(select(option_snapshots).where(here)).mappings().all()
    for row in stored:
        told = _told(row, merged)
        columns = greeks_columns(row["strike"], told)
        changed = {name: value for name, value in columns.items() if name[:2].upper() in _sides_of(told)}
        if changed:
            one = update(option_snapshots).where(here, option_snapshots.c.strike == row["strike"])
            connection.execute(one.values(changed))


def told_by_the_broker(connection: Connection, rows: Sequence[SnapshotRow]) -> dict[int, dict[str, Any]]:
    """Return, by strike, the stored Greeks of the rows' bucket that the broker told and the rows take from the model."""
    s = option_snapshots.c
    new = {row["strike"]: row for row in rows}
    here = and_(*(s[name] == rows[0][name] for name in ("time", "index_name", "expiry")))
    is_told = or_(s.ce_greeks_source == "broker", s.pe_greeks_source == "broker")
    told = {}
    for row in connection.execute(select(option_snapshots).where(here, is_told)).mappings():
        sides = [side.lower() for side in _SIDES if row[f"{side.lower()}_greeks_source"] == "broker"]
        names = [name for name in _COLUMNS if name[:2] in sides]
        told[row["strike"]] = {
            name: row[name]
            for name in names
            if new.get(row["strike"], {}).get(f"{name[:2]}_greeks_source") != "broker"
        }
    return told


def _told(row: RowMapping, merged: PendingGreeks) -> PendingGreeks:
    told = {}
    for side in _SIDES:
        key = key_of(row["strike"], side)
        source, at = row[f"{side.lower()}_greeks_source"], row[f"{side.lower()}_greeks_at"]
        said = merged.get(key)
        if said and (source is None or Greeks(from_utc_naive(at), source).yields_to(said)):
            told[key] = said
    return told


def _sides_of(told: PendingGreeks) -> set[str]:
    return {key[-2:] for key in told}
