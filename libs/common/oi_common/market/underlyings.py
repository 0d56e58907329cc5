"""Which underlyings there are, and where their index, options and spot token live."""

from dataclasses import dataclass
from typing import Literal

Segment = Literal["NFO", "BFO", "MCX", "NSE"]


@dataclass(frozen=True, slots=True)
class Underlying:
    """One index as the broker names it. `spot_token` is the AMXIDX row of the instrument master."""

    name: str
    segment: Segment
    spot_exchange: str
    spot_token: str


# Tokens: the broker's instrument master, AMXIDX rows (2026).
_INDICES = (
    Underlying("NIFTY", "NFO", "NSE", "99926000"),
    Underlying("BANKNIFTY", "NFO", "NSE", "99926009"),
    Underlying("FINNIFTY", "NFO", "NSE", "99926037"),
    Underlying("MIDCPNIFTY", "NFO", "NSE", "99926074"),
    Underlying("NIFTYNXT50", "NFO", "NSE", "99926013"),
    Underlying("SENSEX", "BFO", "BSE", "99919000"),
)
INDICES = {index.name: index for index in _INDICES}
INDIA_VIX = Underlying("INDIAVIX", "NSE", "NSE", "99926017")
