"""Many days in every table that the dashboards read: enough that a missing index is felt.

One day is made here; the database copies it to the other days, indices and expiries by itself, which is far faster than
sending every row. Times, expiries, strikes and ids differ; the measures are the same each day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Date, DateTime, MetaData, String, Table, text

from oi_common import tables
from support.grafana_day import DAY, STEP, TO_UTC, measures, time_of
from support.made_rows import full_row, row

Rows = list[dict[str, Any]]
BUCKETS: Final = 129  # 09:15 to 15:39
OF_A_CHAIN: Final = {"option_snapshots", "chain_buckets", "oi_changes", "coverage_gaps"}
ENGINES, HORIZONS = ("llm", "rules", "always_wait", "coin_flip"), ("3", "6", "15", "30", "path")
INDICES: Final = {"NIFTY": 24_500, "BANKNIFTY": 55_000, "FINNIFTY": 26_000, "MIDCPNIFTY": 13_000}
WORDS: Final = [
    {"strike": 24_500, "type": "CE", "prev_oi": 1_234_500, "oi": 1_235_150, "change": 650, "percent": 0.05}
]


@dataclass(frozen=True)
class Size:
    """How much there is of each day and chain."""

    days: int
    strikes: int
    decisions: int = 100  # of an index and day
    changed: int = 20  # contracts that an announced change names


def fill(connection: Connection, size: Size) -> None:
    """Insert the days, oldest first, the last of them `grafana_day.DAY`."""
    connection.execute(text("SET unique_checks = 0"))
    for name, rows in _day(size).items():
        table = getattr(tables, name)
        made = table.to_metadata(MetaData(), name=f"made_{name}")
        connection.execute(text(f"CREATE TEMPORARY TABLE {made.name} LIKE {name}"))
        connection.execute(made.insert(), rows)
        for day in reversed(trading_days(size.days)):
            connection.execute(text(_copy(table, day)))
        connection.execute(text(f"DROP TEMPORARY TABLE {made.name}"))
        connection.execute(text(f"ANALYZE TABLE {name}"))


def trading_days(count: int) -> list[date]:
    """Return the last weekdays until DAY, newest first."""
    days = (DAY - timedelta(days=back) for back in range(2 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def expiries(day: date) -> Sequence[date]:
    """Return the two Tuesdays from a day on."""
    nearest = day + timedelta(days=(1 - day.weekday()) % 7)
    return nearest, nearest + timedelta(days=7)


def _copy(table: Table, day: date) -> str:
    """Return the statement that makes a day of every index, and of every chain where a row is one's, of the made day."""
    chains = [
        f"SELECT '{index}' AS index_name, DATE '{expiry}' AS expiry, {middle - INDICES['NIFTY']} AS higher"
        for index, middle in INDICES.items()
        for expiry in expiries(day)[: 2 if table.name in OF_A_CHAIN else 1]
    ]
    columns = [column for column in table.columns if column.server_default is None]
    said = ", ".join(_copied(column.name, column.type, (DAY - day).days) for column in columns)
    names = ", ".join(f"`{column.name}`" for column in columns)
    # The made day outside, so that rows come about in the order of the tables' keys.
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {said}"
        f" FROM made_{table.name} m STRAIGHT_JOIN ({' UNION ALL '.join(chains)}) c"
    )


def _copied(name: str, kind: Any, back: int) -> str:
    column = f"m.`{name}`"
    if name in ("index_name", "expiry"):
        return f"c.{name}"
    if isinstance(kind, Date | DateTime):
        return f"{column} - INTERVAL {back} DAY"
    if name == "strike":
        return f"{column} + c.higher"
    if name == "number":
        return f"{column} + {1000 * (1000 - back)}"
    if name in ("event_id", "trade_id", "call_id") and isinstance(kind, String):
        return f"CONCAT({column}, '-', c.index_name, '-{back}')"
    return column


def _day(size: Size) -> dict[str, Rows]:
    return {
        "option_snapshots": list(_snapshots(size)),
        "chain_buckets": [_bucket(bucket) for bucket in range(BUCKETS)],
        "oi_changes": [_change(bucket, size) for bucket in range(BUCKETS)],
        "coverage_gaps": [_gap(bucket) for bucket in (12, 40)],
        "paper_equity": [_equity(bucket) for bucket in range(BUCKETS)],
        **_advice(size),
        **_trades(),
    }


def _snapshots(size: Size) -> Iterator[dict[str, Any]]:
    for bucket in range(BUCKETS):
        for number in range(size.strikes):
            strike = INDICES["NIFTY"] + 50 * (number - size.strikes // 2)
            known = {"time": time_of(bucket), "strike": strike, "feed_time": time_of(bucket) + TO_UTC}
            oi = {
                "ce_oi": 65 * (1000 + bucket),
                "ce_oi_change": 65 * (bucket % 7 - 3),
                "pe_oi": 65 * (900 + bucket),
            }
            yield full_row(tables.option_snapshots, **known, **oi, verdict="Moderate Bullish", source="live")


def _bucket(bucket: int) -> dict[str, Any]:
    ends = time_of(bucket) + TO_UTC + STEP
    moments = {"first_change_at": ends - STEP, "saved_at": ends, "sealed_at": ends + timedelta(seconds=40)}
    counted = {"polls": 9, "polls_expected": 9, "state": "sealed", "source": "live"}
    told = {**measures(bucket, BUCKETS), **moments, **counted}
    return full_row(
        tables.chain_buckets, time=time_of(bucket), **told, signal_reasons=["a reason of some words"] * 5
    )


def _change(bucket: int, size: Size) -> dict[str, Any]:
    at = time_of(bucket) + TO_UTC + timedelta(seconds=30)
    moments = {"time": time_of(bucket), "feed_time": at, "polled_at": at + timedelta(seconds=4)}
    return row(tables.oi_changes, **moments, changes=WORDS * size.changed, source="live")


def _gap(bucket: int) -> dict[str, Any]:
    return full_row(tables.coverage_gaps, from_time=time_of(bucket), to_time=time_of(bucket), buckets=1)


def _equity(bucket: int) -> dict[str, Any]:
    valued_at = time_of(bucket) + TO_UTC + STEP
    return row(tables.paper_equity, time=time_of(bucket), valued_at=valued_at, cash=99_000, equity=100_000)


def _advice(size: Size) -> dict[str, Rows]:
    decisions, outcomes, calls = [], [], []
    for number in range(size.decisions):
        at = time_of(0) + number * timedelta(minutes=384) / size.decisions
        told = {
            "event_id": f"d{number}",
            "time": at,
            "decision": ("WAIT", "HOLD", "ENTER", "EXIT")[number % 4],
        }
        decisions.append(
            full_row(tables.ai_decisions, **told, event_time=at + TO_UTC, reason="some words " * 20)
        )
        outcomes += [
            full_row(tables.decision_outcomes, **told, engine=engine, horizon=horizon)
            for engine in ENGINES
            for horizon in HORIZONS
        ]
        called = {"call_id": f"c{number}", "called_at": at + TO_UTC, "billed_on": DAY}
        calls.append(full_row(tables.ai_calls, **called, loop="minimal", model="m", outcome="ok"))
    return {"ai_decisions": decisions, "decision_outcomes": outcomes, "ai_calls": calls}


def _trades() -> dict[str, Rows]:
    trades, positions = [], []
    for number in range(20):
        at = time_of(number * 6)
        of = {"trade_id": f"t{number // 2}", "time": at, "strike": INDICES["NIFTY"], "side": "CE"}
        action = "EXIT" if number % 2 else "ENTER"
        trades.append(
            full_row(tables.paper_trades, **of, action=action, number=number, filled_at=at + TO_UTC)
        )
        if action == "ENTER":
            positions.append(full_row(tables.paper_positions, **of, state="closed", entered_at=at + TO_UTC))
    return {"paper_trades": trades, "paper_positions": positions}
