"""What makes the deep loop decide: a poll that changed much of the chain, or a bucket that is complete."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from oi_common.events import OiChanged, SnapshotSaved
from oi_common.market.buckets import BUCKET_WIDTH

Kind = Literal["oi_change", "bucket_sealed"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """`moment` is what the decision is about: it comes from the event alone, so a repeated event means the same one."""

    index_name: str
    expiry: date
    moment: datetime
    kind: Kind
    changed_ratio: float | None = None


_ROUNDING: Final = 1e-9


def of_change(event: OiChanged, least: float) -> Trigger | None:
    """Return the trigger of a poll that changed at least a share of the contracts; None of one that did not."""
    if event.changed_ratio + _ROUNDING < least:
        return None
    return Trigger(event.index_name, event.expiry, event.feed_time, "oi_change", event.changed_ratio)


def of_snapshot(event: SnapshotSaved) -> Trigger | None:
    """Return the trigger of a sealed bucket that somebody polled: it is about the bucket's end."""
    if event.state != "sealed" or event.feed_time is None or event.source != "live":
        return None
    return Trigger(event.index_name, event.expiry, event.time + BUCKET_WIDTH, "bucket_sealed")
