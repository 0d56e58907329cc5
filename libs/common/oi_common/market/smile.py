"""The smile of implied volatility: by strike, at the money, and how much dearer puts are than calls.

IV and delta come as one array a side over the strikes, NaN where unknown. IV may be in percent or a fraction:
the answer is in the same unit. Which delta is meant, spot's or the forward's, changes little for index options.
"""

from typing import Final

import numpy as np

from oi_common.market.arrays import number, positive
from oi_common.market.money import nearest_row
from oi_common.market.option_chain import Floats

WING: Final = 0.25
_DEEPEST: Final = 0.75  # IV of legs further in the money hangs on ticks of the spread


def smile(strikes: Floats, call_iv: Floats, put_iv: Floats, forward: float | None) -> Floats:
    """Return the IV by strike, of the leg that is out of the money: puts below the forward, calls above it.

    At a strike equal to the forward it is the mean of both, or the one that is known. NaN where that leg's IV
    is unknown, everywhere without a forward.

    Example: strikes 90, 100, 110, forward 100, calls 15, 12, 11, puts 16, 13, 14: the smile is 16, 12.5, 11.
    """
    level = number(forward)
    if level is None:
        return np.full(len(strikes), np.nan)
    both = np.where(np.isnan(call_iv), put_iv, np.where(np.isnan(put_iv), call_iv, (call_iv + put_iv) / 2.0))
    return np.where(strikes < level, put_iv, np.where(strikes > level, call_iv, both))


def atm_iv(strikes: Floats, call_iv: Floats, put_iv: Floats, forward: float | None) -> float | None:
    """Return the IV at the forward: between the two listed strikes around it, interpolated in strike.

    The lower strike gives its put, the upper one its call. When one of these is unknown, it is the mean of call
    and put at the strike nearest the forward; when one of those is unknown too, or the forward lies outside
    of the listed strikes, None.

    Example: forward 24,520, put of 24500 at 12.0, call of 24550 at 11.5: 12.0 + 20/50 * (11.5 - 12.0) = 11.8.
    """
    level = number(forward)
    if level is None or not len(strikes) or not strikes[0] <= level <= strikes[-1]:
        return None
    above = int(np.searchsorted(strikes, level))
    around = [above] if strikes[above] == level else [above - 1, above]
    of_legs = smile(strikes[around], call_iv[around], put_iv[around], level)
    between = positive(float(np.interp(level, strikes[around], of_legs)))
    return between if between is not None else _mean_at(nearest_row(strikes, level), call_iv, put_iv)


def risk_reversal_25(call_iv: Floats, call_delta: Floats, put_iv: Floats, put_delta: Floats) -> float | None:
    """Return the IV of the put of delta -0.25 less that of the call of delta +0.25, in IV points.

    Above 0 the downside is the dearer side. Each is interpolated in delta between the legs next to it; None when
    a wing does not reach, that is when it has no leg on one side of 0.25, or none short of delta 0.75.

    Example: puts of delta -0.20 at 14.0 and -0.30 at 13.0: 13.5; a call of 0.25 at 11.0: 13.5 - 11.0 = 2.5.
    """
    put, call = _at_wing(put_iv, put_delta), _at_wing(call_iv, call_delta)
    return None if put is None or call is None else put - call


def _mean_at(row: int | None, call_iv: Floats, put_iv: Floats) -> float | None:
    return None if row is None else positive(float(call_iv[row] + put_iv[row]) / 2.0)


def _at_wing(iv: Floats, delta: Floats) -> float | None:
    size = np.abs(delta)
    is_known = np.isfinite(iv) & (size <= _DEEPEST)
    size, iv = size[is_known], iv[is_known]
    if not len(size) or not size.min() <= WING <= size.max():
        return None
    order = np.lexsort((iv, size))
    return positive(float(np.interp(WING, size[order], iv[order])))
