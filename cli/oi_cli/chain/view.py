"""One chain as a person looks at it: values and how they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from oi_common.market.chain import at_the_money

DASH = "-"
LAKH = 100_000

_BARS = "▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a strike; None is what nobody has said."""

    oi: int | None = None
    oi_change: int | None = None
    ltp: float | None = None
    volume: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeRow:
    strike: int
    ce: Leg
    pe: Leg


@dataclass(frozen=True, slots=True)
class ChainView:
    """The last saved snapshot of a chain, and what is known of the present moment."""

    index_name: str
    expiry: date
    time: datetime
    state: str
    rows: tuple[StrikeRow, ...]
    pcr_oi: float | None
    max_pain: int | None
    spot: float | None
    spot_at: datetime | None
    now: datetime | None

    @property
    def atm_strike(self) -> int | None:
        return at_the_money((row.strike for row in self.rows), self.spot)

    @property
    def most_oi(self) -> int:
        legs = (leg for row in self.rows for leg in (row.ce, row.pe))
        return max((leg.oi for leg in legs if leg.oi is not None), default=0)

    @property
    def age(self) -> timedelta | None:
        """Return how old the last poll is; None when it, or the time, is unknown."""
        if self.now is None or self.spot_at is None:
            return None
        return max(self.now - self.spot_at, timedelta(0))


def around_the_money(rows: Sequence[StrikeRow], atm: int | None, most: int) -> tuple[StrikeRow, ...]:
    """Return at most `most` rows, the money in the middle; from the top where it is unknown."""
    ordered = sorted(rows, key=lambda row: row.strike)
    if len(ordered) <= most:
        return tuple(ordered)
    places = [place for place, row in enumerate(ordered) if row.strike == atm]
    start = places[0] - most // 2 if places else 0
    start = min(max(start, 0), len(ordered) - most)
    return tuple(ordered[start : start + most])


def lakhs(units: int | None, *, signed: bool = False) -> str:
    """Write units in lakhs; the unknown is a dash."""
    if units is None:
        return DASH
    return f"{units / LAKH:+.2f}" if signed else f"{units / LAKH:.2f}"


def rupees(price: float | None) -> str:
    return DASH if price is None else f"{price:.2f}"


def number(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def bar(units: int | None, most: int, width: int) -> str:
    """Return a bar of at most `width` characters."""
    if not units or most <= 0:
        return ""
    eighths = max(1, round(units / most * width * 8))
    full, rest = divmod(min(eighths, width * 8), 8)
    return "█" * full + (_BARS[rest - 1] if rest else "")


def written_age(age: timedelta | None) -> str:
    if age is None:
        return DASH
    seconds = int(age.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
