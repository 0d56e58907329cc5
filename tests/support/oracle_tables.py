"""What `full_oracle` fills, and what it remembers of a chain meanwhile."""

from dataclasses import dataclass, field
from datetime import date, datetime

from support.oracle import Hours, Rows
from support.oracle_rows import Entry, Quotes


@dataclass
class Tables:
    """What the five tables hold, by their keys."""

    option_snapshots: Rows = field(default_factory=dict)
    chain_buckets: Rows = field(default_factory=dict)
    oi_changes: Rows = field(default_factory=dict)
    index_candles: Rows = field(default_factory=dict)
    coverage_gaps: Rows = field(default_factory=dict)


@dataclass
class Chain:
    """What has been accepted of one chain on one day. Entries come by `id`, moments within keep their zone."""

    key: tuple[str, date]
    hours: Hours
    newest: Entry | None = None  # the last poll that was accepted, so the newest
    last_bucket: datetime | None = None
    last_slot: datetime | None = None
    quotes: Quotes = field(default_factory=dict)
    saved: list[tuple[datetime, Quotes]] = field(default_factory=list)  # by live polls; one per bucket
    told: dict[datetime, dict[tuple[int, str], int | None]] = field(
        default_factory=dict
    )  # OI by each bucket's end
    is_closed: bool = False
