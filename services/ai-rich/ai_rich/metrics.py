"""What the deep loop counts."""

from prometheus_client import Counter, Histogram

TRIGGERS = Counter(
    "oi_ai_rich_triggers",
    "Entries by what came of them: decided, coalesced (a newer one was decided upon), repeated (published again after a"
    " crash), covered, stale, small (too few contracts changed), elsewhere (another expiry)",
    ["index_name", "outcome"],
)
SECONDS = Histogram(
    "oi_ai_rich_decision_seconds",
    "Real time from taking a trigger to its decision",
    ["index_name"],
    buckets=(0.05, 0.2, 0.5, 1, 2, 5, 10, 20, 40, 80),
)
