"""The forward that the chain itself implies, and the time that is left to it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from oi_common.market.buckets import IST
from oi_common.market.option_chain import Floats, OptionChain
from oi_common.market.premiums import Premiums
from oi_common.market.rulebook.hours import usual_hours
from oi_common.market.sessions import session_on

YEAR: Final = timedelta(days=365)
LEAST: Final = timedelta(minutes=1)
NEAREST: Final = 5  # strikes asked; two of them may be stale
FAR_FROM_MEDIAN: Final = 3.0  # times the median distance from the median
# Distances that are rounding, or a tick or two at an index of thousands, are no disagreement.
ALWAYS_NEAR: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward in rupees, and the strike whose call and put gave it."""

    value: float
    strike: float


def years_to_expiry(at: datetime, expiry: date, segment: str) -> float:
    """Return calendar time to the derivatives' close on the expiry day, a minute at least, by years of 365 days.

    Worked by hand: NFO, from Mon 24 Nov 2025 15:30 to Tue 25 Nov 2025, whose close is 15:30, is one day: 1/365.
    To an expiry from 3 Aug 2026 on it is ten minutes more, for NFO then closes at 15:40.
    Raises NotInRulebook, a KeyError, for a segment that is not in the rulebook.
    """
    return max(_close(expiry, segment) - at, LEAST) / YEAR


def parity_forward(
    chain: OptionChain, calls: Premiums, puts: Premiums, years: float, rate: float = 0.0
) -> Forward | None:
    """Return F = K* + e^(rT) (C - P) at a strike K* near the money; None where no strike has both premiums.

    K* is the strike of least |C - P|, as is the custom. So that one stale leg does not move all volatilities, the five
    strikes of least |C - P| are asked, and K* is the first of them whose forward is near their median: within three
    times the median distance from it, or a hundred-thousandth. With one or two strikes there is nothing to compare.

    Worked by hand: at 24,500 C = 130 and P = 120, so F = 24,510; at 24,600 C = 80 and P = 170 give the same, and at
    24,400 C = 190 and P = 80. If the call at 24,600 were stale at 171, |C - P| = 1 would be the least and F 24,601;
    the median is 24,510, the distances are 91, 0 and 0, so 24,500 gives the forward.
    """
    with np.errstate(all="ignore"):
        gap = calls.value - puts.value
        implied = chain.strikes + np.exp(rate * years) * gap
        asked = np.flatnonzero(np.isfinite(implied) & (implied > 0.0))
    asked = asked[np.argsort(np.abs(gap[asked]), kind="stable")][:NEAREST]
    if not asked.size:
        return None
    best = asked[_near_median(implied[asked])][0]
    return Forward(float(implied[best]), float(chain.strikes[best]))


def _near_median(values: Floats) -> Floats:
    with np.errstate(all="ignore"):  # the middle of two can overflow; then all are near
        median = np.median(values)
        distances = np.abs(values - median)
        limit = max(FAR_FROM_MEDIAN * np.median(distances), ALWAYS_NEAR * median)
    return np.asarray(distances <= limit)


def _close(day: date, segment: str) -> datetime:
    """Return the close of the day; of a day without trading, the usual one."""
    session = session_on(segment, day)
    if session is not None:
        return session.closes
    return datetime.combine(day, usual_hours(segment, day).closes_on(day), IST)
