"""What the bucketer counts."""

from prometheus_client import Counter, Gauge

SNAPSHOTS = Counter("oi_snapshots_saved", "Snapshots saved", ["index", "reason"])
REPAIRED = Counter("oi_buckets_repaired", "Backfilled buckets written", ["index"])
DROPPED = Counter(
    "oi_polls_dropped",
    "Polls acknowledged without effect (late, outside_session, seen_live)",
    ["index", "reason"],
)
IV_GAP = Gauge(
    "oi_greeks_iv_gap_points",
    "Median distance between the broker's IVs of a chain and the model's, in IV points",
    ["index", "expiry"],
)
