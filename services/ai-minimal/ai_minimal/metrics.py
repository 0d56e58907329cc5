"""What the one-second loop shows. Paid calls by second: `oi_ai_calls_total` by `oi_ai_minimal_beats_total`."""

from prometheus_client import Counter, Histogram

BEATS = Counter("oi_ai_minimal_beats", "Seconds that were decided upon", ["index_name"])
SKIPPED = Counter("oi_ai_minimal_beats_skipped", "Seconds that went by undecided", ["index_name"])
BLIND = Counter("oi_ai_minimal_beats_blind", "Beats for which Redis had no news in time", ["index_name"])
LATE = Counter("oi_ai_minimal_beats_late", "Beats that took more than a second of real time", ["index_name"])
TOOK = Histogram(
    "oi_ai_minimal_beat_seconds",
    "Real seconds from when a beat was due to its decision",
    ["index_name"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
DECIDED = Counter(
    "oi_ai_minimal_decisions",
    "Decisions by who made them, what is to be done, and the machine reason",
    ["index_name", "engine", "decision", "because"],
)
NOT_ASKED = Counter(
    "oi_ai_minimal_not_asked", "Seconds for which no model was asked, by why", ["index_name", "because"]
)
ASKED = Counter("oi_ai_minimal_asked", "Seconds for which a model was asked", ["index_name"])
TOLD = Counter("oi_ai_minimal_told", "Decisions published, by why", ["index_name", "why"])
UNTOLD = Counter("oi_ai_minimal_untold", "Decisions that could not be published in time", ["index_name"])
TICKS = Counter("oi_ai_minimal_ticks", "Ticks read", ["index_name"])
UNREAD = Counter(
    "oi_ai_minimal_unread", "Ticks and snapshots that made no sense, left out", ["index_name", "stream"]
)
