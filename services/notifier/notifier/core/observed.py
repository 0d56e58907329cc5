"""What the rules see of one bucket of one chain. Any of it may be unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Leaning = Literal["up", "down", "move"]

# What fresh interest in a leg says of the underlying: buyers of calls and writers of puts expect it to rise.
_OF_CALLS: Final[Mapping[str, Leaning]] = {
    "long_buildup": "up", "short_covering": "up", "short_buildup": "down", "long_unwinding": "down",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leg:
    """One contract. `change` is against the chain's previous snapshot of the day."""

    strike: int
    side: str
    oi: int | None = None
    change: int | None = None
    percent: float | None = None
    buildup: str | None = None

    @property
    def leaning(self) -> Leaning | None:
        """Return where its build-up points; without one, that more OI was written (the usual case)."""
        key = (self.buildup or "").lower().replace(" ", "_").replace("-", "")
        says = _OF_CALLS.get(key)
        if says is None and not key and self.change:
            says = "down" if self.change > 0 else "up"
        if says is None or self.side == "CE":
            return says
        return "down" if says == "up" else "up"


@dataclass(frozen=True, slots=True)
class Observed:
    """`time` is the bucket's start, IST wall time."""

    time: datetime
    spot: float | None = None
    pcr: float | None = None
    straddle: float | None = None
    direction: str | None = None
    confidence: float | None = None
    legs: tuple[Leg, ...] = ()

    def wall(self, side: str) -> Leg | None:
        """Return the leg with the most OI of a side; None when none has any."""
        known = [leg for leg in self.legs if leg.side == side and leg.oi]
        return max(known, key=lambda leg: (leg.oi or 0, -leg.strike), default=None)

    def near(self, strikes: int) -> tuple[Leg, ...]:
        """Return the legs of so many strikes on each side of the money; none without a spot."""
        spot = self.spot
        listed = sorted({leg.strike for leg in self.legs})
        if spot is None or not listed:
            return ()
        middle = min(range(len(listed)), key=lambda place: abs(listed[place] - spot))
        kept = set(listed[max(middle - strikes, 0) : middle + strikes + 1])
        return tuple(leg for leg in self.legs if leg.strike in kept)


def observed(header: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Observed:
    """Return what the tables hold of a bucket: its row of `chain_buckets` and those of `option_snapshots`."""
    return Observed(
        time=header["time"],
        spot=as_float(header.get("spot")),
        pcr=as_float(header.get("pcr_oi")),
        straddle=as_float(header.get("straddle")),
        direction=header.get("direction"),
        confidence=as_float(header.get("confidence")),
        legs=tuple(_leg(row, side) for row in rows for side in ("ce", "pe")),
    )


def as_float(value: Any) -> float | None:
    return None if value is None else float(value)


def _leg(row: Mapping[str, Any], side: str) -> Leg:
    return Leg(
        strike=row["strike"],
        side=side.upper(),
        oi=row.get(f"{side}_oi"),
        change=row.get(f"{side}_oi_change"),
        percent=as_float(row.get(f"{side}_oi_percent_change")),
        buildup=row.get(f"{side}_buildup_adjusted") or row.get(f"{side}_buildup"),
    )
