"""What this service counts, each with its unit and meaning."""

from prometheus_client import Counter, Gauge

PACKETS = Counter("oi_ingest_ws_packets_received", "Packets of the market socket that became ticks")
SKIPPED = Counter(
    "oi_ingest_ws_packets_skipped", "Packets that are no tick, by what is wrong with them", ["reason"]
)
DROPPED = Counter("oi_ingest_ws_ticks_dropped", "Ticks that did not reach their stream, by why", ["reason"])
BUFFERED = Gauge("oi_ingest_ws_ticks_buffered", "Ticks that wait for Redis")
MEMORY = Gauge(
    "oi_ingest_ws_redis_memory_ratio", "Share of Redis' memory that is used, 0 where it has no limit"
)
CONNECTED = Gauge("oi_ingest_ws_sockets_connected", "Market sockets that are open")
ENDED = Counter(
    "oi_ingest_ws_sockets_ended", "Connections that ended or did not come about, by why", ["reason"]
)
BROKER_ERRORS = Counter("oi_ingest_ws_socket_errors", "Errors the broker sent as text", ["code"])
SUBSCRIBED = Gauge("oi_ingest_ws_subscriptions", "Subscriptions (token x mode) held", ["slot"])
