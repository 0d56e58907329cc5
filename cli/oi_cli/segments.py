"""Which segments can be watched, and what is watched in each when nothing else is said."""

from collections.abc import Mapping
from typing import Final, get_args

from oi_common.market.underlyings import Segment
from oi_common.market.watched import USUAL as USUAL_NAMES
from oi_common.market.watched import USUAL_COMMODITY

SEGMENTS: Final[tuple[str, ...]] = get_args(Segment)
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    **{str(segment): names for segment, names in USUAL_NAMES.items()},
    "MCX": (USUAL_COMMODITY,),
}
