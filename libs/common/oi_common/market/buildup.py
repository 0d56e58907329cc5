"""Build-up per contract: what a change of premium and of open interest together say about who acts.

Premiums are rupees, OI any one unit (lots or units: only ratios matter), NaN is unknown. Each function takes
arrays with one element per contract and returns an array of `BuildUp`, None where something is unknown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.option_chain import Floats

Labels: TypeAlias = npt.NDArray[np.object_]

_ROUNDING: Final = 1e-9  # 100.05 less 100 is a tick, whatever binary fractions make of it


class BuildUp(StrEnum):
    """Who acts on a contract; as in the columns `ce_buildup` and the like."""

    LONG_BUILDUP = "long_buildup"  # premium up, OI up: fresh buying
    SHORT_BUILDUP = "short_buildup"  # premium down, OI up: fresh writing
    LONG_UNWINDING = "long_unwinding"  # premium down, OI down: buyers leave
    SHORT_COVERING = "short_covering"  # premium up, OI down: writers leave
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class BuildUpThresholds:
    """What a change must reach to count; below it in either, the label is neutral."""

    premium_percent: float = 0.5  # of the earlier premium
    premium_rupees: float = 0.05  # one tick
    oi_percent: float = 0.5  # of the earlier OI


@dataclass(frozen=True, slots=True, eq=False)
class EarlierGreeks:
    """The Greeks of the earlier moment, per contract."""

    delta: Floats
    gamma: Floats  # change of delta per rupee of forward
    vega: Floats  # rupees per IV point
    theta: Floats  # rupees per day, below zero for who holds the option


@dataclass(frozen=True, slots=True)
class MarketMove:
    """What moved for the whole chain between the two moments."""

    forward: float  # rupees
    atm_iv: float  # IV points
    days: float  # calendar days


DEFAULT_THRESHOLDS: Final = BuildUpThresholds()

# The place of a label is 1 + the premium's sign + 3 * (1 + the OI's sign), which is 0 to 8.
_BY_SIGNS: Final = np.array(
    [
        BuildUp.LONG_UNWINDING, BuildUp.NEUTRAL, BuildUp.SHORT_COVERING,
        BuildUp.NEUTRAL, BuildUp.NEUTRAL, BuildUp.NEUTRAL,
        BuildUp.SHORT_BUILDUP, BuildUp.NEUTRAL, BuildUp.LONG_BUILDUP,
        None,
    ],
    dtype=np.object_,
)  # fmt: skip
_UNKNOWN: Final = 9


def build_up(
    premium_now: npt.ArrayLike,
    premium_before: npt.ArrayLike,
    oi_now: npt.ArrayLike,
    oi_before: npt.ArrayLike,
    *,
    spread: npt.ArrayLike | None = None,
    thresholds: BuildUpThresholds = DEFAULT_THRESHOLDS,
) -> Labels:
    """Return the label of each contract.

    Premium 100 to 96 (-4 %) while OI goes 20,000 to 21,000 (+5 %): short_buildup, fresh writing.
    `spread` is ask less bid, rupees: where it is larger than the premium's change, the label is neutral.
    A premium of zero or less is no price, hence unknown; so is an OI below zero.
    """
    now, before = known_premium(premium_now), known_premium(premium_before)
    return _labels(now - before, before, known_oi(oi_now), known_oi(oi_before), spread, thresholds)


def adjusted_build_up(
    premium_now: npt.ArrayLike,
    premium_before: npt.ArrayLike,
    oi_now: npt.ArrayLike,
    oi_before: npt.ArrayLike,
    *,
    greeks: EarlierGreeks,
    move: MarketMove,
    spread: npt.ArrayLike | None = None,
    thresholds: BuildUpThresholds = DEFAULT_THRESHOLDS,
) -> Labels:
    """Return the label of each contract on what the market's move does not explain of its premium.

    The residual stands in place of the premium's change everywhere: its sign, its size, against the spread.
    Premium 100 to 98.5 in half a day of theta -3, nothing else moved: residual 0, neutral, where `build_up`
    says short_buildup if OI rose.
    """
    now, before = known_premium(premium_now), known_premium(premium_before)
    residual = now - before - explained_change(greeks, move)
    return _labels(residual, before, known_oi(oi_now), known_oi(oi_before), spread, thresholds)


def explained_change(greeks: EarlierGreeks, move: MarketMove) -> Floats:
    """Return the premium change, rupees, that forward, volatility and time account for.

    Delta 0.5, gamma 0.002, vega 10, theta -8; forward +20, ATM IV -0.4 points, a quarter of a day:
    10 + 0.4 - 4 - 2 = 4.4 rupees.
    """
    forward, atm_iv, days = (known(value) for value in (move.forward, move.atm_iv, move.days))
    delta, gamma, vega, theta = (
        known(values) for values in (greeks.delta, greeks.gamma, greeks.vega, greeks.theta)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        change: Floats = delta * forward + 0.5 * gamma * forward**2 + vega * atm_iv + theta * days
    return change


def known(values: npt.ArrayLike) -> Floats:
    """Return the values as floats, NaN in place of what is None or not finite."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def known_premium(values: npt.ArrayLike) -> Floats:
    array = known(values)
    return np.where(array > 0, array, np.nan)


def known_oi(values: npt.ArrayLike) -> Floats:
    array = known(values)
    return np.where(array >= 0, array, np.nan)


def _labels(
    change: Floats,
    premium_before: Floats,
    oi_now: Floats,
    oi_before: Floats,
    spread: npt.ArrayLike | None,
    thresholds: BuildUpThresholds,
) -> Labels:
    oi_change = oi_now - oi_before
    premium_limit = np.maximum(thresholds.premium_rupees, thresholds.premium_percent / 100 * premium_before)
    if spread is not None:
        premium_limit = np.fmax(premium_limit, known(spread))
    premium_sign = _sign(change, premium_limit)
    oi_sign = _sign(oi_change, thresholds.oi_percent / 100 * oi_before)
    is_known = np.isfinite(change) & np.isfinite(oi_change)
    places = np.where(is_known, 1 + premium_sign + 3 * (1 + oi_sign), _UNKNOWN)
    labels: Labels = np.atleast_1d(_BY_SIGNS[places])
    return labels


def _sign(change: Floats, limit: Floats) -> npt.NDArray[np.int64]:
    """Return 1 or -1 where the change reaches the limit, else 0; also where it is unknown."""
    reached = (np.abs(change) >= limit - _ROUNDING * np.maximum(1, limit)) & (change != 0)
    return np.where(reached, np.where(change > 0, 1, -1), 0)
