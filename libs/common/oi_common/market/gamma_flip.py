"""Where the net gamma of a chain changes its sign as spot moves."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from oi_common.market.black76 import norm_pdf
from oi_common.market.option_chain import Floats

REACH: Final = 0.10  # of spot, either way
LEAST_DEVIATION: Final = 1e-6  # a millionth of spot; a minute at 10 % is a hundred times that
_STEPS: Final = 40  # each way: a quarter of a percent
_HALVINGS: Final = 12  # of such a step, which leaves a paisa or two, and then a straight line
_ROUNDING: Final = 1e-12  # a net so small beside what it is the net of is 0


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Contracts as the net gamma sees them, one array element each.

    Strikes are divided by forward / spot, so that they face spot as they face the forward; OI in units is below 0
    for puts; `deviation` is sigma * sqrt(years), at least LEAST_DEVIATION.
    """

    strikes: Floats
    signed_oi: Floats
    deviation: Floats


def net_gamma(legs: Legs, levels: Floats) -> Floats:
    """Return sum of OI times Black-76 gamma at each level of spot, but for factors that are above 0 (n levels, n).

    gamma = exp(-r * T) * pdf(d1) / (F * sigma * sqrt(T)); the discount, the carry and the level itself are the same for all
    legs, so the sign does not depend on them.

    Example: one call of 100, sigma * sqrt(T) = 0.1, at 100: d1 = 0.05, pdf(0.05) / 0.1 = 3.984.
    """
    offset = 0.5 * legs.deviation - np.log(legs.strikes) / legs.deviation
    density = norm_pdf(np.log(levels)[:, None] / legs.deviation + offset)
    weight = legs.signed_oi / legs.deviation
    net, gross = density @ weight, density @ np.abs(weight)
    return np.where(np.abs(net) > _ROUNDING * gross, net, 0.0)


def crossings(legs: Legs, spot: float) -> Floats:
    """Return all levels within 10 % of spot at which the net gamma changes its sign, ascending.

    A grid of a quarter of a percent brackets them, so two within one step are missed; halving, then a straight line, refines each.

    Example: see `oi_common.market.exposure.gamma_flip`: 99.3 alone.
    """
    levels = spot * (1.0 + REACH * np.arange(-_STEPS, _STEPS + 1) / _STEPS)
    sign = np.sign(net_gamma(legs, levels))
    levels, sign = levels[sign != 0.0], sign[sign != 0.0]
    changes = np.flatnonzero(sign[1:] != sign[:-1])
    low, high, below = levels[changes], levels[changes + 1], sign[changes]
    for _ in range(_HALVINGS if len(changes) else 0):
        middle = 0.5 * (low + high)
        is_below = np.sign(net_gamma(legs, middle)) == below
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return _between(legs, low, high)


def _between(legs: Legs, low: Floats, high: Floats) -> Floats:
    """Return where the straight line from the net at one level to that at the other is 0."""
    at_low, at_high = net_gamma(legs, low), net_gamma(legs, high)
    rise = at_high - at_low
    share = np.divide(-at_low, rise, out=np.full(len(low), 0.5), where=rise != 0.0)
    return np.asarray(low + share * (high - low))
