"""The Black-76 formula without units, and its inverse: P. Jaeckel's normalisation ("Let's Be Rational", 2015).

With x = ln(F/K), s = sigma * sqrt(T) and b = undiscounted premium / sqrt(F K), the option out of the money is worth

    b(x, s) = exp(-(h^2 + t^2) / 2) * (Y(h - t) - Y(h + t)),   h = |x| / s,   t = s / 2,   Y(u) = N(-u) exp(u^2 / 2)

Worked by hand: F = K gives x = 0, and s = 0.2 gives h = 0, t = 0.1, b = 2 N(0.1) - 1 = 0.0796556745541.
Call and put with the same |x| are worth the same; only the size of x is asked for here.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

ROOT_TWO: Final = 1.4142135623730951
ROOT_TWO_PI: Final = 2.5066282746310002
ROOT_HALF_PI: Final = 1.2533141373155003

# (1 + sqrt(2) u) Y(u) as a polynomial in (u - 5) / (u + 5), after M. Shepherd and J. Laframboise, "Chebyshev
# approximation of (1 + 2x) exp(x^2) erfc(x)" (1981); fitted with 50 digits, it is exact to 6e-16 for every u >= 0.
_MIDDLE: Final = 5.0
_SCALED_TAIL: Final = (
    -3.469899739420966e-10, 3.2974199916058844e-09, 4.5450408993447656e-09, -3.813205272133275e-08,
    -3.291508580792582e-08, 2.823290218421312e-07, 1.4920136297367147e-07, -1.9395006875665065e-06,
    1.7995727392569312e-07, 1.3332581557121804e-05, -1.674732899949469e-05, -7.620844610639285e-05,
    0.0002828892833455376, -4.460087411893245e-05, -0.002461265130851664, 0.010208851478623082,
    -0.02517855483579757, 0.0443988613216213, -0.057159048971975226, 0.04764866133922161,
    -0.004193708178282688, -0.07005241362062106, 0.6208209264948372,
)  # fmt: skip

# The implied deviation of a normally distributed price, exact to 1e-9 unless deep out of the money: J. Choi, K. Kim
# and M. Kwak, "Numerical approximation of the implied volatility under arithmetic Brownian motion" (2009).
_CHOI_NUMERATOR: Final = (
    1.266458051348246e4, 2.493415285349361e4, 6.106322407867059e3, 1.848489695437094e3,
    5.988761102690991e2, 4.980340217855084e1, 2.100960795068497e1, 3.994961687345134e-1,
)  # fmt: skip
_CHOI_DENOMINATOR: Final = (
    1.174240599306013e1, -2.067719486400926e2, 3.608817108375034e3, 2.392008891720782e4, 1.598919697679745e4,
    1.323614537899738e3, 1.495105008310999e3, 3.093573936743112e1, 4.990534153589422e1, 1.0,
)  # fmt: skip
# s / (sqrt(2 pi) b) at the money is the series of the inverse error function, by powers of 2 pi b^2.
_AT_THE_MONEY: Final = (127.0 / 322560.0, 7.0 / 1920.0, 1.0 / 24.0, 1.0)

_MOST_TURNS: Final = 120
_FARTHEST: Final = 40.0  # deviations out of the money, where a premium is below 1e-300
_SURE_TO_BE_ABOVE: Final = 16.0  # added to sqrt(2 |x|) it is a deviation whose premium is the bound


def scaled_tail(u: Floats) -> Floats:
    """Return Y(u) = N(-u) exp(u^2 / 2) for u >= 0, to 15 digits however far out; Y(0) = 0.5."""
    total = horner(_SCALED_TAIL, (u - _MIDDLE) / (u + _MIDDLE))
    total /= 1.0 + ROOT_TWO * u
    return total


def value_and_slope(distance: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Return b(x, s) and its derivative by s, exact to some 1e-16; `distance` is |x|, s > 0.

    Beyond the corner s = sqrt(2 |x|), where h < t, it is the bound less what is missing to it.
    """
    h, t = distance / s, 0.5 * s
    bell = np.exp(-0.5 * (h * h + t * t))
    gap = h - t
    near, far = scaled_tail(np.array((np.abs(gap), h + t)))
    below_corner = bell * (near - far)
    beyond_corner = np.exp(-0.5 * distance) - bell * (near + far)
    return np.where(gap >= 0.0, below_corner, beyond_corner), bell / ROOT_TWO_PI


def deviation(value: Floats, distance: Floats, tolerance: Floats) -> tuple[Floats, Floats]:
    """Return s with b(x, s) = value, and how far b is from it; a few that are hard may miss `tolerance`.

    One step of fourth order from a start that is usually good to four digits; what misses is bracketed.
    Worked by hand: value 0.0796556745541 at distance 0 gives 0.2.
    """
    with np.errstate(all="ignore"):
        start = first_guess(value, distance)
        s = _next(value, distance, start, *value_and_slope(distance, start))
        miss = np.abs(value_and_slope(distance, s)[0] - value)
        hard = np.flatnonzero(~(miss <= tolerance))
        if hard.size:
            s[hard], miss[hard] = _bracketed(value[hard], distance[hard], start[hard], tolerance[hard])
    return s, miss


def first_guess(value: Floats, distance: Floats) -> Floats:
    """Return a start: the deviation of a normally distributed price, made lognormal.

    Between the two lies the factor of P. Hagan et al., "Managing smile risk" (2002): 1 - s^2 / 24 + ...
    """
    gap = 2.0 * np.sinh(0.5 * distance)
    straddle = 2.0 * value + gap
    eta = np.where(gap > 0.0, 2.0 * gap / (straddle * np.log1p(gap / value)), 1.0)
    normal = ROOT_HALF_PI * straddle * np.sqrt(eta) * horner(_CHOI_NUMERATOR, eta)
    normal /= horner(_CHOI_DENOMINATOR, eta)
    lognormal = np.where(gap > 0.0, normal * distance / gap, normal)
    return np.asarray(lognormal * horner(_AT_THE_MONEY, np.square(np.minimum(lognormal, 2.0))))


def horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    total = np.full(x.shape, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total


def _next(value: Floats, distance: Floats, s: Floats, b: Floats, slope: Floats) -> Floats:
    """Return s after a Householder step of fourth order on ln b, at most four times as much or as little.

    With q = b'/b, A = b''/b' and B = b'''/b', the derivatives of ln b are q, q (A - q) and q (B - 3 A q + 2 q^2).
    """
    q = slope / b
    h2 = np.square(distance / s)
    a = h2 / s - 0.25 * s
    newton = np.log(value / b) / q
    second = a - q
    third = a * a - (3.0 * h2 / (s * s) + 0.25) - 3.0 * a * q + 2.0 * q * q
    step = newton * (1.0 + 0.5 * second * newton)
    step /= 1.0 + newton * (second + third * newton / 6.0)
    return np.clip(s + step, 0.25 * s, 4.0 * s)


def _bracketed(value: Floats, distance: Floats, s: Floats, tolerance: Floats) -> tuple[Floats, Floats]:
    """Return s by the same steps inside a bracket; every third turn, and wherever a step leaves it, halve it."""
    low = np.maximum(distance / _FARTHEST, value * ROOT_TWO_PI * 0.999)
    high = np.sqrt(2.0 * distance) + _SURE_TO_BE_ABOVE
    s = np.where((s > low) & (s < high), s, np.sqrt(low * high))
    for turn in range(_MOST_TURNS):
        b, slope = value_and_slope(distance, s)
        miss = np.abs(b - value)
        wrong = ~(miss <= tolerance)
        if not wrong.any():
            break
        low, high = np.where(b > value, low, s), np.where(b > value, s, high)
        following = _next(value, distance, s, b, slope)
        steps = (following > low) & (following < high) & (turn % 3 < 2)
        s = np.where(wrong, np.where(steps, following, np.sqrt(low * high)), s)
    return s, miss
