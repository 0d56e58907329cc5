"""Max pain: the strike at which the holders of all options would be paid least, were it the closing level."""

from dataclasses import dataclass

import numpy as np

from oi_common.market.arrays import known, number
from oi_common.market.option_chain import Floats, OptionChain


@dataclass(frozen=True, slots=True, eq=False)
class Pain:
    """What the writers of each side would have to pay at each strike, in rupees; as long as the strikes."""

    calls: Floats
    puts: Floats

    @property
    def total(self) -> Floats:
        return self.calls + self.puts


def pain_by_strike(chain: OptionChain) -> Pain:
    """Return what a close at each listed strike would pay, for n strikes two arrays of n, in rupees.

    pain(X) = sum of OI_CE(K) * max(0, X - K) + sum of OI_PE(K) * max(0, K - X), OI in units, over all strikes
    of the expiry. From a strike to the next the calls' part grows by the gap times all call OI up to there, so
    one running sum of running sums gives it for all strikes; the puts' part is the same from above.

    Example: strikes 7700, 7800, 7900 with call OI 1,823,400, 3,448,575, 5,367,450 and put OI 5,783,025,
    4,864,125, 2,559,375 (the example in the max pain chapter of Zerodha Varsity). At 7800: calls
    1,823,400 * 100 = 182,340,000, puts 2,559,375 * 100 = 255,937,500, together 438,277,500.
    """
    gaps = chain.strikes[1:] - chain.strikes[:-1]
    calls = _paid(known(chain.calls.oi), gaps)
    puts = _paid(known(chain.puts.oi)[::-1], gaps[::-1])[::-1]
    return Pain(calls, puts)


def max_pain(chain: OptionChain, spot: float | None = None) -> int | None:
    """Return the listed strike (rupees) of the least pain; None when no OI above 0 is known.

    A tie goes to the strike nearest spot and then to the lower one, without spot to the lowest. Pain is convex: from
    strike i to the next it grows by the gap times (call OI up to i, less put OI beyond i), so it is least where
    that slope turns from below 0, and equal while it is 0; the curve itself is not needed.

    Example: the chain above would be paid 998,287,500 at 7700 and 709,537,500 at 7900, so it is 7800. The slopes are
    1,823,400 - 4,864,125 - 2,559,375 < 0 from 7700 and 1,823,400 + 3,448,575 - 2,559,375 > 0 from 7800.
    """
    puts = known(chain.puts.oi)
    held = np.cumsum(known(chain.calls.oi) + puts)
    if not len(held) or not held[-1] > 0.0:
        return None
    slopes = held[:-1] - np.add.reduce(puts)
    first, last = slopes.searchsorted(0.0), slopes.searchsorted(0.0, side="right")
    level = number(spot)
    if level is None or first >= last:
        return int(chain.strikes[first])
    least = chain.strikes[first : last + 1]
    return int(least[np.argmin(np.abs(least - level))])


def _paid(oi: Floats, gaps: Floats) -> Floats:
    paid = np.zeros(len(oi))
    np.cumsum(np.cumsum(oi[:-1]) * gaps, out=paid[1:])
    return paid
