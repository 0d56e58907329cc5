"""What the bucketer counts."""

from prometheus_client import Counter

SNAPSHOTS = Counter("oi_snapshots_saved", "Snapshots saved", ["index", "reason"])
REPAIRED = Counter("oi_buckets_repaired", "Backfilled buckets written", ["index"])
DROPPED = Counter(
    "oi_polls_dropped",
    "Polls acknowledged without effect (late, outside_session, seen_live)",
    ["index", "reason"],
)
