"""What the poller counts."""

from prometheus_client import Counter, Gauge

POLLS = Counter(
    "oi_poller_polls", "Polls by outcome (published, failed, spoilt, missed)", ["index_name", "outcome"]
)
CANDLES = Counter("oi_poller_candles", "Candles by outcome (published, given_up)", ["index_name", "outcome"])
GREEKS = Counter(
    "oi_poller_greeks", "Chains' Greeks by outcome (published, none, failed)", ["index_name", "outcome"]
)
REQUESTS = Counter(
    "oi_poller_broker_requests", "Requests to the broker by category and outcome", ["category", "outcome"]
)
SPOOLED = Gauge("oi_poller_spool_bytes", "Bytes waiting on disk for Redis", ["index_name"])
OVERFLOWED = Counter("oi_poller_spool_overflows", "Events lost because the spool was full", ["index_name"])
REPAIRS = Counter("oi_poller_repaired_buckets", "Past buckets told from the broker's history", ["index_name"])
