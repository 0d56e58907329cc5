"""The metrics every service shows, each with its unit and meaning."""

from prometheus_client import Counter, Gauge

HANDLED = Counter("oi_stream_entries_handled", "Entries handled and acknowledged", ["group", "stream"])
BURIED = Counter("oi_stream_entries_buried", "Entries moved to a dead-letter stream", ["group", "stream"])
FUSE = Gauge(
    "oi_stream_fuse_blown", "1 when too much of a stream was buried and it is not read", ["group", "stream"]
)
WAITS = Counter("oi_stream_waits", "Times a consumer waited for something that was away", ["group"])
OWNED = Gauge(
    "oi_stream_partitions_owned", "Partitions (ingest-ws: socket slots) this replica works on", ["service"]
)
PUBLISHED = Counter("oi_stream_entries_published", "Entries published", ["stream"])
