"""Which segments can be watched, and what is watched in each when nothing else is said."""

from collections.abc import Mapping
from typing import Final, get_args

from oi_common.broker.settings import BrokerSettings
from oi_common.market.underlyings import Segment

USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "NFO": ("NIFTY", "BANKNIFTY"),
    "BFO": ("SENSEX",),
    "NSE": ("NIFTY", "BANKNIFTY"),
    "MCX": ("SILVERMIC",),
}


def segments() -> tuple[str, ...]:
    """Return the segments that the services support: of MCX they must know which commodity."""
    has_commodity = "mcx_name" in BrokerSettings.model_fields
    return tuple(each for each in get_args(Segment) if each != "MCX" or has_commodity)
