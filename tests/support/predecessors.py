"""The predecessors' tables as they are found, and rows to fill them with fast."""

from collections.abc import Sequence

from sqlalchemy import Connection, inspect, text

from oi_common.legacy.shapes import BACKUPS

_SIDE = (
    ("oi", "BIGINT"),
    ("oi_change", "BIGINT"),
    ("oi_percent_change", "DECIMAL(10,4)"),
    ("ltp", "DECIMAL(10,2)"),
    ("ltp_change", "DECIMAL(10,2)"),
    ("ltp_percent_change", "DECIMAL(10,4)"),
    ("volume", "BIGINT"),
    ("iv", "DECIMAL(10,4)"),
    ("delta", "DECIMAL(10,4)"),
    ("theta", "DECIMAL(10,4)"),
    ("vega", "DECIMAL(10,4)"),
    ("gamma", "DECIMAL(10,4)"),
)
MEASURES = tuple(f"{side}_{name}" for side in ("ce", "pe") for name, _type in _SIDE)
RATIOS = ("ce_vs_pe_oi_bar", "pe_vs_ce_oi_bar")
KEY = "UNIQUE KEY unique_snapshot (time, index_name, expiry, strike), INDEX idx_time (time)"
VALUES = ("index_open", "index_high", "index_low", "index_close", "index_volume", *MEASURES, *RATIOS)

PHASE_1 = (
    "CREATE TABLE options_raw_data (id INT PRIMARY KEY, oi BIGINT)",
    "CREATE TABLE historical_oi_tracking (id INT PRIMARY KEY, oi_quadrant VARCHAR(20))",
    "CREATE TABLE ai_trade_setups (id INT PRIMARY KEY, bias VARCHAR(20))",
    "INSERT INTO options_raw_data VALUES (1, 65)",
)
WITHOUT_EXPIRY = (
    "CREATE TABLE option_snapshots (bucket_ts DATETIME, trading_symbol VARCHAR(40), option_type VARCHAR(2),"
    " strike INT, ce_oi BIGINT, ce_price_close DECIMAL(10,2), pe_oi BIGINT, pe_price_close DECIMAL(10,2),"
    " PRIMARY KEY (bucket_ts, trading_symbol))"
)


def tracker_table(*, keys: str = KEY, expiry: str = "DATE", is_sqlite: bool = False) -> str:
    """Return the DDL of the tracker's 38 columns."""
    number = "INTEGER PRIMARY KEY AUTOINCREMENT" if is_sqlite else "INT AUTO_INCREMENT PRIMARY KEY"
    on_update = "" if is_sqlite else " ON UPDATE CURRENT_TIMESTAMP"
    columns = [
        f"id {number}",
        "time DATETIME NOT NULL",
        "index_name VARCHAR(20)",
        f"expiry {expiry}",
        "strike INT",
        *(f"index_{name} DECIMAL(10,2)" for name in ("open", "high", "low")),
        "index_close DECIMAL(10,2) NOT NULL",
        "index_volume BIGINT DEFAULT 0",
        *(f"{side}_{name} {kind} DEFAULT 0" for side in ("ce", "pe") for name, kind in _SIDE),
        *(f"{name} DECIMAL(10,4) DEFAULT 0" for name in RATIOS),
        "created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP",
        f"updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP{on_update}",
        *([keys] if keys else []),
    ]
    return f"CREATE TABLE option_snapshots ({', '.join(columns)})"


def many_rows(count: int, *, keys: int) -> str:
    """Return an INSERT of `count` rows over `keys` keys: 40 strikes a bucket, 125 buckets a day, from 2024 on.

    Every third row has zeros for its measures; later rows repeat the keys of the first with other values.
    """
    bucket = f"FLOOR(MOD(n, {keys}) / 40)"
    return (
        "INSERT INTO option_snapshots (time, index_name, expiry, strike, index_close, ce_oi, ce_ltp, pe_oi, pe_iv,"
        " created_at, updated_at) "
        f"SELECT '2024-01-01 09:15:00' + INTERVAL FLOOR({bucket} / 125) DAY + INTERVAL MOD({bucket}, 125) * 3 MINUTE,"
        " IF(MOD(n, 2) = 0, 'NIFTY', 'BANKNIFTY'), '2025-08-28', 24000 + 50 * MOD(n, 40), 24500.5,"
        " IF(MOD(n, 3) = 0, 0, n), IF(MOD(n, 3) = 0, 0, 10.5), IF(MOD(n, 3) = 0, 0, 2 * n), 0,"
        " '2025-08-01 04:00:00' + INTERVAL n SECOND, NULL "
        f"FROM ({_numbers(6)}) AS numbers WHERE n < {count}"
    )


def _numbers(digits: int) -> str:
    """Return a SELECT of the numbers n below 10**digits."""
    ten = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
    value = " + ".join(f"t{place}.d * {10**place}" for place in range(digits))
    return f"SELECT {value} AS n FROM " + ", ".join(f"({ten}) AS t{place}" for place in range(digits))


def insert(connection: Connection, *rows: dict[str, object]) -> None:
    """Insert rows into the tracker's table, each with what it names only."""
    for row in rows:
        told = {"time": "2025-08-14 09:15:00", "index_name": "NIFTY", "expiry": "2025-08-28", "strike": 24500}
        told |= {"index_close": 24500, **row}
        names, places = ", ".join(told), ", ".join(f":{name}" for name in told)
        connection.execute(text(f"INSERT INTO option_snapshots ({names}) VALUES ({places})"), told)


def run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def backups(connection: Connection) -> list[str]:
    return sorted(name for name in tables(connection) if name.startswith(BACKUPS))


def count(connection: Connection, what: str) -> int:
    found: int = connection.execute(text(f"SELECT COUNT(*) FROM {what}")).scalar_one()
    return found


class Told:
    """Keeps what a person would have been shown."""

    def __init__(self) -> None:
        self.facts: list[str] = []
        self.steps: list[tuple[str, int, int]] = []

    def say(self, text: str) -> None:
        self.facts.append(text)

    def advance(self, what: str, done: int, total: int) -> None:
        self.steps.append((what, done, total))

    def __str__(self) -> str:
        return "\n".join(self.facts)


def tracker(connection: Connection, *rows: dict[str, object], keys: str = "", expiry: str = "DATE") -> None:
    """Make the tracker's table, with these rows."""
    is_sqlite = connection.dialect.name == "sqlite"
    run(connection, [tracker_table(keys=keys, expiry=expiry, is_sqlite=is_sqlite)])
    insert(connection, *rows)


def ledger(connection: Connection, *names: str) -> list[tuple[object, ...]]:
    """Return these columns of the ledger, in the order of its key."""
    columns = ", ".join(names)
    ordered = f"SELECT {columns} FROM option_snapshots ORDER BY time, index_name, expiry, strike"
    return [tuple(row) for row in connection.execute(text(ordered))]
