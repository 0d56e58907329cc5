"""System: how the services fare, from Prometheus, and who is alive, from the ledger."""

from boards.kinds import measured, numbers, table
from boards.parts import Json, Panel, Prom, Sql, dashboard, override
from boards.sql import clock

_TO_IST = 330


def board() -> Json:
    panels = [*_alive(), *_streams(), *_feed(), *_broker(), *_latencies(), *_resources()]
    return dashboard("system", "System", panels, [], shown=("now-3h", "now"))


def _alive() -> list[Panel]:
    return [
        numbers(
            "Replicas that answer",
            "Replicas of each service whose metrics could be read just now.",
            "short",
            Prom("sum by (job) (up)", "{{job}}"),
            height=8,
            empty="No service answers",
        ),
        table(
            "Heartbeats",
            "What each replica last said of itself, and how long ago.",
            "none",
            Sql(
                "SELECT service AS Service, instance AS Instance, status AS Status,"
                f" {clock('started_at', _TO_IST)} AS Started,"
                " TIMESTAMPDIFF(SECOND, beat_at, UTC_TIMESTAMP()) AS 'Silent for'"
                " FROM services WHERE beat_at > UTC_TIMESTAMP() - INTERVAL 1 DAY ORDER BY service, instance"
            ),
            width=12,
            height=8,
            empty="No service has run today",
            overrides=(override("Silent for", unit="s"),),
        ),
    ]


def _streams() -> list[Panel]:
    return [
        measured(
            "Lag by group",
            "Entries of a stream that a consumer group has not been given yet. A line that keeps rising is a group that is"
            " stuck or too slow.",
            "short",
            ("max by (group, stream) (redis_stream_group_lag)", "{{group}} {{stream}}"),
        ),
        measured(
            "Pending by group",
            "Entries that were given to a consumer and are not acknowledged.",
            "short",
            ("max by (group, stream) (redis_stream_group_messages_pending)", "{{group}} {{stream}}"),
        ),
        measured(
            "Entries handled",
            "Entries handled and acknowledged each second, by group.",
            "ops",
            ("sum by (group) (rate(oi_stream_entries_handled_total[1m]))", "{{group}}"),
        ),
        measured(
            "Dead letters",
            "Entries of the last hour that made no sense and were moved aside. `oi dead list` says why.",
            "short",
            ("sum by (group, stream) (increase(oi_stream_entries_buried_total[1h]))", "{{group}} {{stream}}"),
            empty="None",
        ),
        measured(
            "Blown fuses",
            "1 while a stream is not read because most of it made no sense.",
            "short",
            ("max by (group, stream) (oi_stream_fuse_blown) > 0", "{{group}} {{stream}}"),
            empty="None",
        ),
        measured(
            "Waits",
            "Times each minute that a consumer waited for a store that was away.",
            "short",
            ("sum by (group) (60 * rate(oi_stream_waits_total[5m]))", "{{group}}"),
            empty="None",
        ),
    ]


def _feed() -> list[Panel]:
    return [
        measured(
            "Ticks",
            "Packets of the market socket that became ticks, each second.",
            "ops",
            ("sum(rate(oi_ingest_ws_packets_received_total[1m]))", "ticks"),
        ),
        measured(
            "Ticks lost",
            "Ticks each second that did not reach their stream, and packets that are no tick, by why.",
            "ops",
            ("sum by (reason) (rate(oi_ingest_ws_ticks_dropped_total[5m]))", "dropped: {{reason}}"),
            ("sum by (reason) (rate(oi_ingest_ws_packets_skipped_total[5m]))", "skipped: {{reason}}"),
            empty="None",
        ),
        measured(
            "Sockets",
            "Market sockets that are open, and connections that ended in the last hour.",
            "short",
            ("sum(oi_ingest_ws_sockets_connected)", "open"),
            ("sum by (reason) (increase(oi_ingest_ws_sockets_ended_total[1h]))", "ended: {{reason}}"),
        ),
    ]


def _broker() -> list[Panel]:
    return [
        measured(
            "API calls",
            "Requests to the broker each minute, by category and outcome.",
            "short",
            (
                "sum by (category, outcome) (60 * rate(oi_poller_broker_requests_total[5m]))",
                "{{category}} {{outcome}}",
            ),
        ),
        measured(
            "Throttled (403)",
            "Requests of the last hour that the broker refused for their rate, and pauses that followed.",
            "short",
            (
                'sum by (category) (increase(oi_poller_broker_requests_total{outcome="Throttled"}[1h]))',
                "403 {{category}}",
            ),
            ("sum by (category) (increase(oi_broker_limiter_cool_downs_total[1h]))", "pauses {{category}}"),
            empty="None",
        ),
        measured(
            "Polls",
            "Polls each minute by underlying and outcome.",
            "short",
            (
                "sum by (index_name, outcome) (60 * rate(oi_poller_polls_total[5m]))",
                "{{index_name}} {{outcome}}",
            ),
        ),
    ]


def _latencies() -> list[Panel]:
    beat = "histogram_quantile({0}, sum by (le) (rate(oi_ai_minimal_beat_seconds_bucket[5m])))"
    deep = "histogram_quantile({0}, sum by (le) (rate(oi_ai_rich_decision_seconds_bucket[15m])))"
    return [
        measured(
            "Latency of decisions",
            "Real time to a decision of both loops: the median, and what 19 of 20 stay under.",
            "s",
            (beat.format(0.5), "minimal, median"),
            (beat.format(0.95), "minimal, 95 %"),
            (deep.format(0.5), "rich, median"),
            (deep.format(0.95), "rich, 95 %"),
            empty="No decisions",
        ),
        measured(
            "Latency of the metrics",
            "How long each replica takes to answer for its metrics: a busy event loop shows here.",
            "s",
            ("max by (job) (scrape_duration_seconds)", "{{job}}"),
        ),
        measured(
            "Age of the instrument master",
            "How old the copy of the broker's instrument list is.",
            "s",
            ("max by (job) (oi_broker_master_age_seconds)", "{{job}}"),
        ),
    ]


def _resources() -> list[Panel]:
    return [
        measured(
            "Memory",
            "Resident memory of each replica.",
            "bytes",
            ("process_resident_memory_bytes", "{{job}} {{instance}}"),
        ),
        measured(
            "Processor",
            "Share of one processor core that each replica uses.",
            "percentunit",
            ("rate(process_cpu_seconds_total[1m])", "{{job}} {{instance}}"),
        ),
        measured(
            "Memory of Redis",
            "Share of Redis' memory that is used: from 85 % on ticks are refused.",
            "percentunit",
            ("max(oi_ingest_ws_redis_memory_ratio)", "Redis"),
            defaults={"min": 0, "max": 1},
        ),
    ]
