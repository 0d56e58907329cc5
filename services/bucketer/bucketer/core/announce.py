"""The events that tell of what was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bucketer.core.rules import Step
from bucketer.core.state import MEASURES
from oi_common.events import ChainPolled, OiChanged, SnapshotSaved
from oi_common.market.buckets import floor_to_3min, from_utc_naive, from_wall_time

_COUNTS = ("changed", "polls", "candle_status", "is_auction")
_LEFT_OUT = {
    "time",
    "index_name",
    "expiry",
    "feed_time",
    "created_at",
    "updated_at",
    "source",
    "reason",
    "spot",
}


@dataclass(frozen=True, slots=True)
class SealedBucket:
    """A bucket as the database holds it: its header and the rows of its snapshot, if it has one."""

    header: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]


def changed_event(step: Step, poll: ChainPolled) -> OiChanged | None:
    """Return the announcement of a poll's changes, None when nothing moved."""
    if not step.changes:
        return None
    return OiChanged(
        event_id=poll.event_id.replace("polls:", "changes:", 1),
        index_name=poll.index_name,
        expiry=poll.expiry,
        feed_time=poll.feed_time,
        time=floor_to_3min(poll.feed_time),
        changed=len(step.changes),
        total=step.known,
        changed_ratio=step.changed_ratio,
        changes=step.changes,
        source=poll.source,
    )


def saved_event(step: Step, poll: ChainPolled) -> SnapshotSaved | None:
    """Return the announcement of the snapshot a poll led to, None when it led to none."""
    if step.snapshot is None:
        return None
    header = next(header for header in step.headers if header.time == step.snapshot.time)
    measures = {name: getattr(header.measures, name) for name in MEASURES}
    return SnapshotSaved(
        index_name=poll.index_name,
        expiry=poll.expiry,
        time=step.snapshot.time,
        feed_time=poll.feed_time,
        state="saved",
        reason=step.snapshot.reason,
        strikes=len(step.snapshot.rows),
        source=poll.source,
        spot=poll.spot,
        metrics=_known({**measures, "changed": header.changed, "polls": header.polls}),
        rows=tuple(_row(row) for row in step.snapshot.rows),
    )


def sealed_event(bucket: SealedBucket) -> SnapshotSaved:
    """Return the announcement that a bucket is complete; without a snapshot it has no rows."""
    header = bucket.header
    return SnapshotSaved(
        index_name=header["index_name"],
        expiry=header["expiry"],
        time=from_wall_time(header["time"]),
        feed_time=from_utc_naive(header["feed_time"]),
        state="sealed",
        reason=header["reason"] or "unchanged",
        strikes=len(bucket.rows),
        source=header["source"],
        spot=_plain(header["spot"]),
        metrics=_known({name: header[name] for name in (*MEASURES, *_COUNTS)}),
        rows=tuple(_row(row) for row in bucket.rows),
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return _known({name: value for name, value in row.items() if name not in _LEFT_OUT})


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return what JSON can hold: decimals become numbers, moments ISO 8601 with their zone."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return from_utc_naive(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value
