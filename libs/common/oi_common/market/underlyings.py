"""Which underlyings there are, and where their options and their spot trade."""

from dataclasses import dataclass
from typing import Final, Literal

Segment = Literal["NFO", "BFO", "MCX", "NSE"]


@dataclass(frozen=True, slots=True)
class Underlying:
    """One index as the broker names it. `spot_token` is the AMXIDX row of the instrument master."""

    name: str
    segment: Segment
    spot_exchange: str
    spot_token: str


# Tokens: the broker's instrument master, AMXIDX rows (2026); BANKEX's is general knowledge (not confirmed).
_INDICES = (
    Underlying("NIFTY", "NFO", "NSE", "99926000"),
    Underlying("BANKNIFTY", "NFO", "NSE", "99926009"),
    Underlying("FINNIFTY", "NFO", "NSE", "99926037"),
    Underlying("MIDCPNIFTY", "NFO", "NSE", "99926074"),
    Underlying("NIFTYNXT50", "NFO", "NSE", "99926013"),
    Underlying("SENSEX", "BFO", "BSE", "99919000"),
    Underlying("BANKEX", "BFO", "BSE", "99919012"),
)
INDICES = {index.name: index for index in _INDICES}
INDIA_VIX = Underlying("INDIAVIX", "NSE", "NSE", "99926017")

# The non-agricultural commodities of MCX: the others keep other hours. Names of the master and of instrument lists of
# 2026; that the base metals are spelled so is general knowledge (not confirmed).
COMMODITIES: Final = frozenset(
    {
        *("GOLD", "GOLDM", "GOLDTEN", "GOLDGUINEA", "GOLDPETAL", "SILVER", "SILVERM", "SILVERMIC"),
        *("CRUDEOIL", "CRUDEOILM", "NATURALGAS", "NATGASMINI"),
        *("ALUMINIUM", "ALUMINI", "COPPER", "LEAD", "LEADMINI", "NICKEL", "ZINC", "ZINCMINI"),
    }
)


def segment_of(name: str) -> Segment:
    """Return where an underlying's options trade. What is neither an index nor a commodity is a share of NSE."""
    if name in COMMODITIES:
        return "MCX"
    return INDICES[name].segment if name in INDICES else "NFO"
