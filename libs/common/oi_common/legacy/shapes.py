"""Which kind of `option_snapshots` a database holds, and what else lies beside it."""

from enum import Enum

from sqlalchemy import Connection, Inspector, MetaData, Table, func, inspect, select

LEDGER = "option_snapshots"
BACKUPS = "option_snapshots_before_"
# Names of the work in progress. A table carries its final name only once it is complete.
COPY = "option_snapshots_migration_copy"
NEW = "option_snapshots_migration_new"
REPLACED = "option_snapshots_migration_replaced"

KEY = ("time", "index_name", "expiry", "strike")
_LEFT_ALONE = ("options_raw_data", "historical_oi_tracking", "live_oi_tracking", "ai_trade_setups")


class Shape(Enum):
    """Told apart by columns and key alone, so that no mark of ours is needed in the old database."""

    ABSENT = "absent"
    OURS = "ours"
    TRACKER = "one row per strike, with or without duplicates"
    WITHOUT_EXPIRY = "one row per bucket and symbol, no expiry"
    UNKNOWN = "unknown"


def shape_of(inspector: Inspector, table: str = LEDGER) -> Shape:
    if table in inspector.get_view_names():
        return Shape.UNKNOWN
    if not inspector.has_table(table):
        return Shape.ABSENT
    columns = {column["name"].lower() for column in inspector.get_columns(table)}
    key = tuple(inspector.get_pk_constraint(table)["constrained_columns"])
    return _shape(columns, key)


def _shape(columns: set[str], key: tuple[str, ...]) -> Shape:
    is_dressed = {"feed_time", "source", "reason"} <= columns
    if {*KEY} <= columns and is_dressed and key == KEY:
        return Shape.OURS
    if {*KEY, "ce_oi", "pe_oi"} <= columns and not is_dressed:
        return Shape.TRACKER
    if {"bucket_ts", "trading_symbol"} <= columns and "expiry" not in columns:
        return Shape.WITHOUT_EXPIRY
    return Shape.UNKNOWN


def left_alone(inspector: Inspector) -> list[str]:
    """Return the predecessors' other tables, which nothing here touches."""
    return [name for name in _LEFT_ALONE if inspector.has_table(name)]


def backups(connection: Connection) -> list[str]:
    """Return the complete backups, newest first: their names end in the moment they were begun."""
    names = inspect(connection).get_table_names()
    return sorted((name for name in names if name.startswith(BACKUPS)), reverse=True)


def free_backup_name(connection: Connection) -> str:
    """Return a name that no table has: an existing backup is never written over."""
    now = connection.execute(select(func.current_timestamp())).scalar_one()
    stamp = "".join(letter for letter in str(now)[:19] if letter.isdigit())
    name = first = f"{BACKUPS}{stamp[:8]}_{stamp[8:]}"
    taken = set(inspect(connection).get_table_names())
    number = 2
    while name in taken:
        name, number = f"{first}_{number}", number + 1
    return name


def reflected(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def count_rows(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
