"""What the columns hold: numbers are rounded to their digits and cut at their largest value, NaN is None."""

from math import isfinite

_PRICE = 99_999_999.99  # DECIMAL(10,2)
_RATIO = 999_999.9999  # DECIMAL(10,4)
_GAMMA = 9_999.99999999  # DECIMAL(12,8)


def price(value: float | None) -> float | None:
    return _cut(value, _PRICE, 2)


def ratio(value: float | None) -> float | None:
    return _cut(value, _RATIO, 4)


def gamma(value: float | None) -> float | None:
    return _cut(value, _GAMMA, 8)


def crore(value: float | None) -> float | None:
    """Return crore rupees to the rupee."""
    return _cut(value, float("inf"), 7)


def whole(value: float | None) -> int | None:
    """Return a sum of units."""
    return None if value is None or not isfinite(value) else round(value)


def _cut(value: float | None, largest: float, digits: int) -> float | None:
    if value is None or not isfinite(value):
        return None
    return round(max(-largest, min(largest, value)), digits)
