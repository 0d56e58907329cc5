"""What the bucketer counts."""

from prometheus_client import Counter

SNAPSHOTS = Counter("oi_snapshots_saved", "Snapshots saved", ["index", "reason"])
DROPPED = Counter(
    "oi_polls_dropped", "Polls acknowledged without effect: late or outside the session", ["index", "reason"]
)
