"""What a browser is looking at: an underlying, an expiry, a day, a bucket. None is the nearest, the last, now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from oi_common.market.buckets import BUCKET_WIDTH


@dataclass(frozen=True, slots=True)
class Choice:
    """Without `day` and `at` the page follows the market."""

    index_name: str
    expiry: date | None = None
    day: date | None = None
    at: datetime | None = None  # IST wall time
    is_wide: bool = False  # all strikes, not only those near the money

    @property
    def is_live(self) -> bool:
        return self.day is None and self.at is None

    @property
    def query(self) -> str:
        """The choice as a URL's query: a reload, or a link sent to another, shows the same."""
        said = {"index": self.index_name}
        if self.expiry is not None:
            said["expiry"] = self.expiry.isoformat()
        if self.at is not None:
            said["at"] = f"{self.at:%Y-%m-%dT%H:%M}"
        elif self.day is not None:
            said["day"] = self.day.isoformat()
        if self.is_wide:
            said["strikes"] = "all"
        return urlencode(said)

    def of_index(self, name: str) -> "Choice":
        """Look at another underlying at the same moment; its expiries are its own."""
        return replace(self, index_name=name, expiry=None)

    def on_day(self, day: date | None) -> "Choice":
        """Look at a day's end; expiries of one day need not exist on another."""
        return replace(self, day=day, at=None, expiry=None)

    def at_bucket(self, at: datetime) -> "Choice":
        return replace(self, day=at.date(), at=at)

    def live(self) -> "Choice":
        """Look at the present again; an expiry chosen on another day may be over."""
        return replace(self, day=None, at=None, expiry=None)


@dataclass(frozen=True, slots=True)
class DeskKey:
    """Whose desk of which day; `at` is the bucket up to whose end is told, None for all of the day."""

    index_name: str
    day: date
    at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        return None if self.at is None else self.at + BUCKET_WIDTH


def choice_of(query: Mapping[str, str], indices: Sequence[str]) -> Choice:
    """Return what a URL asks for; what makes no sense in it is taken as not said."""
    name = query.get("index", "").upper()
    at = _moment(query.get("at"))
    return Choice(
        index_name=name if name in indices else indices[0],
        expiry=_day(query.get("expiry")),
        day=at.date() if at is not None else _day(query.get("day")),
        at=at,
        is_wide=query.get("strikes") == "all",
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _moment(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo is None else None
