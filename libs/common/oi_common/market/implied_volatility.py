"""The volatility that a premium implies by Black-76, or the reason why there is none.

The time value is what a premium is worth above its discounted intrinsic value. By put-call parity it is the premium
of the option on the other side, so an option deep in the money is solved as its partner out of the money.
A volatility is told only where the time value is a tick or more: below that the premium says nothing about it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market import normalised_black
from oi_common.market.black76 import Choice, Floats, Number

Codes: TypeAlias = npt.NDArray[np.int8]

TICK: Final = 0.05
# What rounding may take from a time value, as a share of forward and strike: 100.05 - 100 is less than 0.05.
# A time value that is no more than this is none, however small the tick; so near to its bound it is at the bound.
ROUNDING: Final = 1e-12
# How near the volatility's own premium must come to the premium, as a share of forward and strike together:
# 2.4e-11 rupees at 24,000, 8e-11 at 80,000. Some three units in the last place of such a price.
ROUND_TRIP: Final = 5e-16


class Reason(StrEnum):
    """Why there is no implied volatility. The order is that in which they are looked for."""

    NO_PREMIUM = "no_premium"
    NO_FORWARD = "no_forward"
    NO_STRIKE = "no_strike"
    EXPIRED = "expired"
    BELOW_INTRINSIC = "below_intrinsic"
    NO_TIME_VALUE = "no_time_value"  # less than a tick
    ABOVE_BOUND = "above_bound"  # a call worth its forward, a put worth its strike
    NOT_CONVERGED = "not_converged"


SOLVED: Final = 0
REASONS: Final[tuple[Reason | None, ...]] = (None, *Reason)  # by code
CODES: Final = {reason: code for code, reason in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVolatility:
    """`sigma` is annual, 0.13 for 13 percent, NaN where `reason` is not SOLVED (see REASONS)."""

    sigma: Floats
    reason: Codes


def implied_volatility(
    premium: Number,
    forward: Number,
    strike: Number,
    years: Number,
    *,
    is_call: Choice,
    rate: float = 0.0,
    tick: float = TICK,
) -> ImpliedVolatility:
    """Return the volatility with which Black-76 gives back `premium`, within ROUND_TRIP; never raises.

    Worked by hand: F = K = 100, one year, no rate. A premium of 7.96556745541 is 100 * (2 N(0.1) - 1), so 0.2.
    A call at 90 for 10.04 has 0.04 of time value, less than a tick: NaN, no_time_value. For 9.90: below_intrinsic.
    """
    given = (premium, forward, strike, years, is_call)
    with np.errstate(all="ignore"):
        arrays = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in given))
        sigma, reason = _solved(_Asked([each.ravel() for each in arrays], rate, tick))
    return ImpliedVolatility(sigma.reshape(arrays[0].shape), reason.reshape(arrays[0].shape))


class _Asked:
    """The question as flat arrays, and what they come to."""

    def __init__(self, given: list[Floats], rate: float, tick: float) -> None:
        self.premium, self.forward, self.strike, self.years, is_call = given
        self.tick = tick
        forward, strike = self.forward, self.strike
        self.discount = np.exp(-rate * self.years)
        ahead = np.where(is_call > 0.0, forward - strike, strike - forward)
        self.time_value = self.premium - self.discount * np.maximum(ahead, 0.0)
        self.slack = ROUNDING * (forward + strike)
        self.bound = self.discount * np.minimum(forward, strike) - self.slack

    def is_sound(self) -> npt.NDArray[np.bool_]:
        """Say where there is a volatility to be found. A comparison with NaN is false."""
        sound = (self.time_value >= self.tick - self.slack) & (self.time_value > self.slack)
        sound &= (self.time_value < self.bound) & (self.premium > 0.0)
        sound &= (self.forward > 0.0) & (self.strike > 0.0) & (self.years > 0.0)
        return np.asarray(sound & np.isfinite(self.forward + self.strike + self.years))

    def reasons(self) -> Codes:
        """Return what is wrong where something is, by the first reason that holds."""
        lacks = {
            Reason.NO_PREMIUM: ~(np.isfinite(self.premium) & (self.premium > 0.0)),
            Reason.NO_FORWARD: ~(np.isfinite(self.forward) & (self.forward > 0.0)),
            Reason.NO_STRIKE: ~(np.isfinite(self.strike) & (self.strike > 0.0)),
            Reason.EXPIRED: ~(np.isfinite(self.years) & (self.years > 0.0)),
            Reason.BELOW_INTRINSIC: self.time_value < -self.slack,
            Reason.NO_TIME_VALUE: (self.time_value < self.tick - self.slack)
            | (self.time_value <= self.slack),
            Reason.ABOVE_BOUND: self.time_value >= self.bound,
        }
        codes = np.select(list(lacks.values()), [CODES[each] for each in lacks], CODES[Reason.NOT_CONVERGED])
        return codes.astype(np.int8)


def _solved(asked: _Asked) -> tuple[Floats, Codes]:
    sound = asked.is_sound()
    found = np.flatnonzero(sound)
    sigma = np.full(sound.shape, np.nan)
    reason = np.zeros(sound.shape, dtype=np.int8) if found.size == sound.size else asked.reasons()
    forward, strike = asked.forward[found], asked.strike[found]
    scale = np.sqrt(forward) * np.sqrt(strike) * asked.discount[found]
    tolerance = ROUND_TRIP * (forward + strike) / scale
    distance = np.abs(np.log1p((forward - strike) / strike))
    s, miss = normalised_black.deviation(asked.time_value[found] / scale, distance, tolerance)
    candidate = s / np.sqrt(asked.years[found])
    holds = (miss <= tolerance) & np.isfinite(candidate) & (candidate > 0.0)
    sigma[found] = np.where(holds, candidate, np.nan)
    reason[found] = np.where(holds, SOLVED, CODES[Reason.NOT_CONVERGED])
    return sigma, reason
