"""One chain as the events and the tables have told it: rows, measures, the last half hour of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from oi_common.advice.situation import number
from oi_common.events import OiChange, OiChanged, SnapshotSaved
from oi_common.market.chain import Contract

HISTORY: Final = timedelta(minutes=30)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket's measures, as in `chain_buckets`; a name that is not there is unknown."""

    time: datetime
    spot: float | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """`rows` are those of the newest snapshot by strike; `changes` are what changed since, by contract."""

    expiry: date
    rows: Mapping[int, Row] = field(default_factory=dict)
    rows_at: datetime | None = None
    changes: Mapping[Contract, OiChange] = field(default_factory=dict)
    last_changes: tuple[OiChange, ...] = ()  # of the newest poll that changed any
    changed_at: datetime | None = None
    buckets: tuple[Bucket, ...] = ()  # by time; those of the last half hour
    measured_at: datetime | None = None  # feed time of the newest bucket's measures

    @property
    def newest(self) -> Bucket | None:
        return self.buckets[-1] if self.buckets else None

    @property
    def measures(self) -> Mapping[str, Any]:
        return self.newest.measures if self.newest else {}

    @property
    def spot(self) -> float | None:
        return self.newest.spot if self.newest else None

    @property
    def strikes(self) -> tuple[int, ...]:
        return tuple(sorted(self.rows))

    def oi(self, contract: Contract) -> float | None:
        """Return a contract's OI as it stands now."""
        changed = self.changes.get(contract)
        if changed is not None:
            return float(changed.oi)
        return number(self.rows.get(contract.strike, {}).get(f"{contract.side.lower()}_oi"))


def with_snapshot(picture: Picture, event: SnapshotSaved) -> Picture:
    """Return the picture with one bucket saved or sealed; a bucket that is not the newest only fills the history."""
    newest = picture.newest
    bucket = Bucket(event.time, number(event.spot), event.metrics)
    seen = replace(picture, buckets=_with_bucket(picture.buckets, bucket))
    if (newest is not None and event.time < newest.time) or event.feed_time is None:
        return seen
    seen = replace(seen, measured_at=event.feed_time)
    was_saved = picture.rows_at is not None and newest is not None and newest.time == event.time
    if not event.rows or (event.state == "sealed" and was_saved):
        # What has changed since the bucket's rows were saved is known better already.
        return seen
    later = picture.changed_at is not None and picture.changed_at > event.feed_time
    return replace(
        seen,
        rows={row["strike"]: row for row in event.rows},
        rows_at=event.feed_time,
        changes=picture.changes if later else {},
    )


def with_changes(picture: Picture, event: OiChanged) -> Picture:
    """Return the picture with the OI that one poll changed; an older poll changes nothing."""
    if picture.changed_at is not None and event.feed_time < picture.changed_at:
        return picture
    seen = replace(picture, last_changes=event.changes, changed_at=event.feed_time)
    if picture.rows_at is not None and event.feed_time <= picture.rows_at:
        return seen
    changed = {Contract(change.strike, change.side): change for change in event.changes}
    return replace(seen, changes={**picture.changes, **changed})


def _with_bucket(buckets: tuple[Bucket, ...], bucket: Bucket) -> tuple[Bucket, ...]:
    by_time = {each.time: each for each in (*buckets, bucket)}
    last = max(by_time)
    return tuple(by_time[time] for time in sorted(by_time) if last - time <= HISTORY)
