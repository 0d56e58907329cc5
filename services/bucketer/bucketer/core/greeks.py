"""Greeks that wait for their bucket's rows, merged so that the order of arrival does not matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from bucketer.core import limits
from bucketer.core.state import key_of
from oi_common.events import GreeksFetched
from oi_common.market.buckets import utc_naive
from oi_common.market.chain import Side

NAMES = ("iv", "delta", "gamma", "theta", "vega")


class Greeks(msgspec.Struct, frozen=True, omit_defaults=True):
    """Greeks of one contract, who said them and when."""

    at: datetime
    source: str
    iv: float | None = None
    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None
    reason: str | None = None  # why the model has none

    def yields_to(self, other: "Greeks") -> bool:
        """The broker's word stands over the model's; of the same voice the newer one counts."""
        if self.source != other.source:
            return other.source == "broker"
        return other.at >= self.at


PendingGreeks = dict[str, Greeks]


def merge(known: Mapping[str, Greeks], fetched: GreeksFetched) -> PendingGreeks:
    merged = dict(known)
    for row in fetched.rows:
        key = key_of(row.strike, row.side)
        # Rounded here: databases do not agree what becomes of half a last digit.
        said = Greeks(
            at=fetched.feed_time,
            source=fetched.source,
            iv=limits.ratio(row.iv),
            delta=limits.ratio(row.delta),
            gamma=limits.gamma(row.gamma),
            theta=limits.ratio(row.theta),
            vega=limits.ratio(row.vega),
        )
        if key not in merged or merged[key].yields_to(said):
            merged[key] = said
    return merged


def greeks_columns(strike: int, greeks: Mapping[str, Greeks]) -> dict[str, Any]:
    """Return the Greeks columns of one row of `option_snapshots`, None where nobody has said them."""
    columns: dict[str, Any] = {}
    sides: tuple[Side, Side] = ("CE", "PE")
    for side in sides:
        said = greeks.get(key_of(strike, side))
        columns |= {f"{side.lower()}_{name}": getattr(said, name) if said else None for name in NAMES}
        columns[f"{side.lower()}_greeks_reason"] = said.reason if said else None
        is_told = said is not None and said.reason is None
        columns[f"{side.lower()}_greeks_source"] = said.source if said and is_told else None
        columns[f"{side.lower()}_greeks_at"] = utc_naive(said.at) if said and is_told else None
    return columns


def dump(greeks: PendingGreeks) -> str:
    return msgspec.json.encode(greeks).decode()


def load(text: str) -> PendingGreeks:
    return msgspec.json.decode(text, type=PendingGreeks)
