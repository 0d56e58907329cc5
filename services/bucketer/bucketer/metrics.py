"""What the bucketer counts."""

from prometheus_client import Counter, Gauge

SNAPSHOTS = Counter("oi_bucketer_snapshots_saved", "Snapshots saved", ["index_name", "reason"])
REPAIRED = Counter("oi_bucketer_buckets_repaired", "Backfilled buckets written", ["index_name"])
DROPPED = Counter(
    "oi_bucketer_polls_dropped",
    "Polls acknowledged without effect (late, outside_session, seen_live)",
    ["index_name", "reason"],
)
IV_GAP = Gauge(
    "oi_bucketer_greeks_iv_gap_ratio",
    "Median distance between the broker's IVs of a chain and the model's (0.01 is one IV point)",
    ["index_name", "expiry"],
)
