"""What a recording keeps: the streams that bring the market in, and when each of their entries was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from oi_common.events import (
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    DayClosed,
    Event,
    GreeksFetched,
    TickReceived,
    stream_of,
)
from oi_common.market.buckets import IST
from oi_common.market.underlyings import INDIA_VIX
from oi_common.trimming import EntryId

Fields = Mapping[str, str]


class Recorded(NamedTuple):
    """One entry as it lay in its stream."""

    id: EntryId
    fields: Fields


@dataclass(frozen=True, slots=True)
class Kind:
    """`about` names the field that says which day an entry is of, `told` the one in which our clock says when."""

    event: type[Event]
    about: str
    told: str | None = None


# In the order in which entries of the same millisecond are taken.
KINDS: Final[Mapping[str, Kind]] = {
    kind.event.kind: kind
    for kind in (
        Kind(TickReceived, "received_at", "received_at"),
        Kind(CandleClosed, "time"),
        Kind(GreeksFetched, "feed_time"),
        Kind(ChainBackfilled, "feed_time", "polled_at"),
        Kind(DayClosed, "day", "closed_at"),
        Kind(ChainPolled, "polled_at", "polled_at"),
    )
}
TICKS: Final = TickReceived.kind
LEDGER: Final = tuple(name for name in KINDS if name != TICKS)


class Input(NamedTuple):
    """One stream: a kind of event about one underlying."""

    kind: str
    underlying: str

    @property
    def stream(self) -> str:
        return stream_of(KINDS[self.kind].event, self.underlying)


def inputs_of(indices: tuple[str, ...], *, is_commodity: bool) -> tuple[Input, ...]:
    """Return the streams of what is watched. India VIX has ticks alone, and says nothing of commodities."""
    watched = [Input(kind, name) for name in indices for kind in KINDS]
    return tuple(watched if is_commodity else [*watched, Input(TICKS, INDIA_VIX.name)])


def day_of(kind: str, fields: Fields) -> date | None:
    """Return the day an entry is about, None when it does not say."""
    moment = _moment(fields.get(KINDS[kind].about))
    return moment.date() if moment is not None else None


def told_at(kind: str, fields: Fields) -> datetime | None:
    """Return when our own clock says that an entry was told; None where no field says it."""
    name = KINDS[kind].told
    return _moment(fields.get(name)) if name is not None else None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.astimezone(IST) if moment is not None and moment.tzinfo is not None else moment
