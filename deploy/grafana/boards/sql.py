"""Pieces of SQL that several panels share, and the variables they read.

The session's time zone is IST (data source setting `timezone`), so a `time` column compares with the time range as it
is. Other moments are UTC and are moved by 330 minutes.
"""

from typing import Final

from boards.parts import Json, asked, chosen

INDEX: Final = "index_name = ${index:sqlstring}"
CHAIN: Final = f"{INDEX} AND expiry = ${{expiry:sqlstring}}"
DAY: Final = "time >= ${day:sqlstring} AND time < ${day:sqlstring} + INTERVAL 1 DAY"
RANGE: Final = "$__timeFilter(time)"
TIME: Final = "UNIX_TIMESTAMP(time) AS time"

# The day's last snapshot that is not after the end of the time range; the primary key is read backwards for it.
_SNAPSHOTS: Final = f"SELECT time FROM option_snapshots FORCE INDEX (PRIMARY) WHERE {CHAIN} AND {DAY}"
MOMENT: Final = f"({_SNAPSHOTS} AND time <= $__timeTo() ORDER BY time DESC LIMIT 1)"
AT_MOMENT: Final = f"{CHAIN} AND time = {MOMENT}"
_BEGINS: Final = f"{MOMENT} - INTERVAL CAST(REPLACE(${{timeframe:sqlstring}}, 'm', '') AS UNSIGNED) MINUTE"
# The snapshot that stood when the timeframe began, none where the day had not begun by then.
EARLIER: Final = (
    "CASE ${timeframe:sqlstring}"
    f" WHEN 'since_open' THEN ({_SNAPSHOTS} ORDER BY time LIMIT 1)"
    f" WHEN 'since_yesterday' THEN NULL"
    f" ELSE ({_SNAPSHOTS} AND time <= {_BEGINS} ORDER BY time DESC LIMIT 1) END"
)
TIMEFRAMES: Final = ("3m", "6m", "15m", "30m", "60m", "since_open", "since_yesterday")

_INDEXES: Final = "SELECT DISTINCT index_name FROM chain_buckets ORDER BY index_name DESC"
_DAYS: Final = (
    f"SELECT DISTINCT DATE_FORMAT(time, '%Y-%m-%d') AS day FROM chain_buckets WHERE {INDEX} ORDER BY day DESC"
)
_EXPIRIES: Final = (
    "SELECT DISTINCT DATE_FORMAT(expiry, '%Y-%m-%d') AS expiry FROM chain_buckets"
    f" WHERE {INDEX} AND {DAY} ORDER BY expiry"
)


def variables() -> list[Json]:
    """Return the variables in the order in which they depend on one another."""
    return [
        asked("index", "Index", _INDEXES),
        asked("day", "Day", _DAYS),
        asked("expiry", "Expiry", _EXPIRIES),
        chosen("timeframe", "Timeframe", TIMEFRAMES, "15m"),
    ]


def of_chain(*columns: str) -> str:
    """Return a query of the chain's buckets along time."""
    return (
        f"SELECT {TIME}, {', '.join(columns)} FROM chain_buckets"
        f" WHERE {CHAIN} AND {RANGE} ORDER BY chain_buckets.time"
    )


def of_timeframe(field: str) -> str:
    """Return a number of the chosen window; a JSON null is unknown, too."""
    path = f"CONCAT('$.\"', ${{timeframe:sqlstring}}, '\".{field}')"
    return f"CAST(NULLIF(JSON_UNQUOTE(JSON_EXTRACT(timeframes, {path})), 'null') AS DECIMAL(20, 4))"


def first_wall(column: str) -> str:
    """Return the strike of the strongest wall."""
    return f"CAST(NULLIF(JSON_UNQUOTE(JSON_EXTRACT({column}, '$[0].strike')), 'null') AS DECIMAL(10, 2))"


def utc_time(column: str) -> str:
    return f"UNIX_TIMESTAMP({column} + INTERVAL 330 MINUTE) AS time"


def utc_range(column: str) -> str:
    """Return the time range's condition on a UTC column, the column left alone for its index."""
    return f"{column} BETWEEN $__timeFrom() - INTERVAL 330 MINUTE AND $__timeTo() - INTERVAL 330 MINUTE"


def clock(column: str, shift: int = 0) -> str:
    """Return a moment as a person reads it; `shift` minutes bring UTC to IST."""
    moved = f"{column} + INTERVAL {shift} MINUTE" if shift else column
    return f"DATE_FORMAT({moved}, '%d %b %H:%i:%s')"
