"""What an option is worth now: the middle of a quote that can be believed, else its last trade."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.option_chain import Floats, Legs

Codes: TypeAlias = npt.NDArray[np.int8]

# A spread may be as wide as a tenth of the middle, and always as four ticks: 0.05 against 0.10 is a usual quote.
WIDEST_SHARE: Final = 0.10
WIDEST_TICKS: Final = 4
TICK: Final = 0.05
_ROUNDING: Final = 1e-9


class Source(StrEnum):
    """Where a premium is from."""

    MID = "mid"
    LAST = "last"


NONE: Final = 0
MID: Final = 1
LAST: Final = 2
SOURCES: Final[tuple[Source | None, ...]] = (None, Source.MID, Source.LAST)  # by code


@dataclass(frozen=True, slots=True, eq=False)
class Premiums:
    """Rupees, NaN where there is none, and the code of each one's source (see SOURCES)."""

    value: Floats
    source: Codes


def premiums(legs: Legs, tick: float = TICK) -> Premiums:
    """Return one premium a strike; a price of 0 or NaN is an absent one.

    The middle counts where both sides are quoted, not crossed, and not wider than a tenth of the middle or four
    ticks. Worked by hand: 100.00 and 104.00, last 99.00, gives the middle 102.00 (4.00 is less than 10.20); with an
    ask of 112.00 the spread of 12.00 is more than 10.60, and the last price 99.00 counts.
    """
    with np.errstate(all="ignore"):
        spread = legs.ask - legs.bid
        middle = legs.bid + 0.5 * spread
        widest = np.maximum(WIDEST_SHARE * middle, WIDEST_TICKS * tick * (1.0 + _ROUNDING))
        is_quoted = (legs.bid > 0.0) & (spread >= 0.0) & (spread <= widest) & np.isfinite(middle)
        has_traded = (legs.ltp > 0.0) & np.isfinite(legs.ltp)
    value = np.where(is_quoted, middle, np.where(has_traded, legs.ltp, np.nan))
    source = np.where(is_quoted, MID, np.where(has_traded, LAST, NONE))
    return Premiums(value, source.astype(np.int8))
