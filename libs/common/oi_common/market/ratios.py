"""Put-call ratios of one chain: all puts by all calls, over every strike of one expiry.

A contract that nobody has said anything about is left out of its side's sum.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from oi_common.market.option_chain import Floats, OptionChain


@dataclass(frozen=True, slots=True)
class PutCallRatio:
    """The ratio and the two sums it is made of, which are told where the ratio is undefined, too."""

    ratio: float | None
    puts: float | None
    calls: float | None


def side_sum(values: Floats) -> float | None:
    """Return the sum of one side's values (any unit) over the strikes; None when none of them is known.

    Example: [300, NaN, 500] gives 800, [NaN, NaN] gives None.
    """
    of_all = float(np.add.reduce(values))
    if len(values) and isfinite(of_all):  # nothing is unknown, as in most chains
        return of_all
    is_known = np.isfinite(values)
    return float(np.add.reduce(values[is_known])) if is_known.any() else None


def put_call_ratio(puts: Floats, calls: Floats) -> PutCallRatio:
    """Return the sum over puts by the sum over calls, each an array over the strikes, both in one unit.

    The ratio is None when a side is unknown, when the calls sum to 0, and when one sum is above 0 and the
    other below: five bought for three sold is no "minus 1.7". It is a plain number, not percent.

    Example: puts [300, 500], calls [400, 600]: 800 / 1000 = 0.8.
    """
    of_puts, of_calls = side_sum(puts), side_sum(calls)
    return PutCallRatio(_ratio(of_puts, of_calls), of_puts, of_calls)


def pcr_by_oi(chain: OptionChain) -> PutCallRatio:
    """Return the ratio of open interest, in units, as it stands.

    Source: the exchange's own totals per side, as published by every chain page.
    Example: NIFTY of 26 Oct 2023 on 16 Oct 2023, put OI 921,820 and call OI 762,939 (contracts): 1.21.
    """
    return put_call_ratio(chain.puts.oi, chain.calls.oi)


def pcr_by_volume(chain: OptionChain) -> PutCallRatio:
    """Return the ratio of the volume traded since the day's open, in units.

    Example: 1,200 puts and 1,500 calls traded: 0.8. Before the first call trades: None.
    """
    return put_call_ratio(chain.puts.volume, chain.calls.volume)


def pcr_by_oi_change(call_change: Floats, put_change: Floats) -> PutCallRatio:
    """Return the ratio of the changes of OI, in units, over whatever window the changes are of.

    Both sums may be below 0, which is when both sides leave: so read the sums with the ratio.

    Example: puts [+600, -100], calls [+400, +600]: 500 / 1000 = 0.5; puts +500, calls -1000: None.
    """
    return put_call_ratio(put_change, call_change)


def _ratio(puts: float | None, calls: float | None) -> float | None:
    if puts is None or calls is None or calls == 0.0 or puts * calls < 0.0:
        return None
    ratio = abs(puts / calls)
    return ratio if isfinite(ratio) else None
