"""What can be exported, by the names people use."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from oi_common import tables


@dataclass(frozen=True)
class ExportSet:
    """A table under a name, and the column that says which day a row is of; None where rows are of no day."""

    name: str
    table: Table
    day_column: str | None = "time"


SETS: Final = (
    ExportSet("snapshots", tables.option_snapshots),
    ExportSet("buckets", tables.chain_buckets),
    ExportSet("candles", tables.index_candles),
    ExportSet("changes", tables.oi_changes),
    ExportSet("gaps", tables.coverage_gaps, "from_time"),
    ExportSet("decisions", tables.ai_decisions),
    ExportSet("outcomes", tables.decision_outcomes),
    ExportSet("calls", tables.ai_calls, "called_at"),
    ExportSet("trades", tables.paper_trades),
    ExportSet("positions", tables.paper_positions),
    ExportSet("equity", tables.paper_equity),
    ExportSet("alerts", tables.alerts_sent, "day"),
    ExportSet("alert-outcomes", tables.alert_outcomes),
    ExportSet("instruments", tables.instruments, None),
)
ALL: Final = "all"


def named(name: str) -> tuple[ExportSet, ...]:
    """Return the set of that name, or every one for `all`; the tables' own names do, too. Raises KeyError."""
    if name == ALL:
        return SETS
    by_name = {known: one for one in SETS for known in (one.name, one.table.name)}
    return (by_name[name],)
