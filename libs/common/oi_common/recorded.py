"""What time it is in a replay: for an entry that is handled, the moment at which it was recorded.

The replay writes that moment into the entries it feeds. A handler's rows then carry recorded moments, whatever the
speed and the machine: the same recording gives the same rows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

from oi_common.clock import SimulatedClock

RECORDED_AT: Final = "recorded_at"

_handled: ContextVar[datetime | None] = ContextVar("handled", default=None)


class RecordedClock(SimulatedClock):
    """The replay's time as it lies in Redis; while an entry is handled, the entry's own."""

    def now(self) -> datetime:
        return _handled.get() or super().now()


@contextmanager
def as_recorded(fields: Mapping[str, str]) -> Iterator[None]:
    """Let a RecordedClock show, while the block lasts, when the entry was recorded; others know nothing of it."""
    token = _handled.set(_moment(fields.get(RECORDED_AT)))
    try:
        yield
    finally:
        _handled.reset(token)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None  # only a replay's own entries count
    return moment if moment is not None and moment.tzinfo is not None else None
