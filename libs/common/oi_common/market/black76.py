"""Price European options on a forward and give their Greeks (Black, 1976), for scalars and arrays alike.

Everything broadcasts; the answer is always an array, zero-dimensional when all arguments were scalars, so
that `float(...)` of it is the number. The inverse is in `implied_volatility`.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Number: TypeAlias = float | Floats
Choice: TypeAlias = bool | npt.NDArray[np.bool_]

DAYS_A_YEAR: Final = 365.0
IV_POINTS: Final = 100.0
ROOT_TWO_PI: Final = 2.5066282746310002

# Hart's algorithm 5666 as given by G. West, "Better approximations to cumulative normal functions" (2005).
_HART_NUMERATOR: Final = (
    3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383,
    112.079291497871, 221.213596169931, 220.206867912376,
)  # fmt: skip
_HART_DENOMINATOR: Final = (
    8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461,
    296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
)  # fmt: skip
_HART_LIMIT: Final = 7.07106781186547
_NOTHING_BEYOND: Final = 37.0


@dataclass(frozen=True, slots=True)
class Greeks:
    """Sensitivities: delta and gamma to the forward, theta per calendar day, vega per point of IV."""

    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats


def norm_pdf(x: Number) -> Floats:
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(np.exp(-0.5 * x * x) / ROOT_TWO_PI)


def norm_cdf(x: Number) -> Floats:
    """Return the standard normal distribution function; the absolute error stays below 1e-15."""
    x = np.asarray(x, dtype=np.float64)
    size = np.minimum(np.abs(x), _NOTHING_BEYOND)
    tail = np.exp(-0.5 * size * size) * _horner(_HART_NUMERATOR, size) / _horner(_HART_DENOMINATOR, size)
    is_far = size >= _HART_LIMIT
    if is_far.any():
        tail = np.where(is_far, _far_tail(size), tail)
    return np.asarray(np.where(x > 0.0, 1.0 - tail, tail))


def price(
    forward: Number, strike: Number, years: Number, sigma: Number, *, is_call: Choice, rate: float = 0.0
) -> Floats:
    """Return the premium; at or after expiry, or without volatility, the discounted intrinsic value."""
    forward, strike, discount = _floats(forward), _floats(strike), _discount(years, rate)
    sign = np.where(is_call, 1.0, -1.0)
    d1, d2 = _distances(forward, strike, years, sigma)
    value = sign * (forward * norm_cdf(sign * d1) - strike * norm_cdf(sign * d2))
    return np.asarray(discount * np.maximum(value, 0.0))


def greeks(
    forward: Number, strike: Number, years: Number, sigma: Number, *, is_call: Choice, rate: float = 0.0
) -> Greeks:
    """Return the Greeks of a premium as `price` gives it; gamma and vega are 0 once it is all intrinsic."""
    forward, discount = _floats(forward), _discount(years, rate)
    root_years = np.sqrt(np.maximum(_floats(years), 0.0))
    deviation = np.maximum(_floats(sigma), 0.0) * root_years
    sign = np.where(is_call, 1.0, -1.0)
    d1, d2 = _distances(forward, strike, years, sigma)
    density = np.where(deviation > 0.0, discount * norm_pdf(d1), 0.0)
    gamma = np.divide(density, forward * deviation, out=np.zeros(density.shape), where=deviation > 0.0)
    decay = 0.5 * forward * forward * gamma * np.square(_floats(sigma))
    delta = sign * discount * norm_cdf(sign * d1)
    # Without a rate the premium has no part in theta, and half of the work is saved.
    premium = forward * delta - sign * strike * discount * norm_cdf(sign * d2) if rate else 0.0
    return Greeks(
        delta=np.asarray(delta),
        gamma=np.asarray(gamma),
        theta=np.asarray((rate * np.maximum(premium, 0.0) - decay) / DAYS_A_YEAR),
        vega=np.asarray(forward * density * root_years / IV_POINTS),
    )


def _distances(forward: Number, strike: Number, years: Number, sigma: Number) -> tuple[Floats, Floats]:
    deviation = np.maximum(_floats(sigma), 0.0) * np.sqrt(np.maximum(_floats(years), 0.0))
    moneyness = np.log(_floats(forward) / _floats(strike))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(moneyness == 0.0, 0.0, moneyness / deviation)
    return np.asarray(ratio + 0.5 * deviation), np.asarray(ratio - 0.5 * deviation)


def _discount(years: Number, rate: float) -> Floats:
    return np.asarray(np.exp(-rate * np.maximum(_floats(years), 0.0)))


def _floats(value: Number) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    total = np.full(x.shape, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total


def _far_tail(size: Floats) -> Floats:
    fraction = size + 0.65
    for step in (4.0, 3.0, 2.0, 1.0):
        fraction = size + step / fraction
    return np.asarray(np.exp(-0.5 * size * size) / fraction / ROOT_TWO_PI)
