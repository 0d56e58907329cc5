"""A tick as the fast loop needs it, read from its entry with as little work as possible.

Ticks come by the thousand and are only looked at, never passed on: what makes no sense is left out, not buried.
"""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Final, Literal, NamedTuple

Kind = Literal["index", "future", "option"]


class Listed(NamedTuple):
    """What a tick is about. Index and share have no expiry, a future has no strike."""

    expiry: str = ""
    strike: int = 0
    side: str = ""

    @property
    def kind(self) -> Kind:
        if self.strike:
            return "option"
        return "future" if self.expiry else "index"


INDEX: Final = Listed()


class Tick(NamedTuple):
    """One tick: rupees and units; None is what it does not say."""

    listed: Listed
    at: datetime
    ltp: float
    bid: float | None = None
    ask: float | None = None
    oi: int | None = None


def tick_of(fields: Mapping[str, str]) -> Tick | None:
    """Return what an entry says; None for one that makes no sense."""
    try:
        return _read(fields)
    except (KeyError, ValueError, OverflowError):
        return None


def _read(fields: Mapping[str, str]) -> Tick | None:
    listed = Listed(fields.get("expiry", ""), int(fields.get("strike", 0)), fields.get("option_type", ""))
    at, ltp = datetime.fromisoformat(fields["exchange_time"]), float(fields["ltp"])
    oi = int(fields["oi"]) if "oi" in fields else None
    is_sound = at.tzinfo is not None and isfinite(ltp) and ltp > 0 and (oi is None or oi >= 0)
    if not is_sound or bool(listed.strike) != (listed.side in {"CE", "PE"}):
        return None
    return Tick(listed, at, ltp, _price(fields, "bid"), _price(fields, "ask"), oi)


def _price(fields: Mapping[str, str], name: str) -> float | None:
    text = fields.get(name)
    if text is None:
        return None
    price = float(text)
    return price if isfinite(price) and price > 0 else None
