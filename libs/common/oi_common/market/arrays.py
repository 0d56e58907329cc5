"""What all measures ask of an array in which NaN is what nobody has said."""

from math import isfinite

import numpy as np

from oi_common.market.option_chain import Floats


def known(values: Floats) -> Floats:
    """Return the values with 0 for what is unknown, to be summed.

    Example: [3, NaN, 0] gives [3, 0, 0].
    """
    return np.where(np.isfinite(values), values, 0.0)


def number(value: float | None) -> float | None:
    """Return the value as a float; None unless it is a finite number.

    Example: 2 gives 2.0, NaN and None give None.
    """
    return float(value) if value is not None and isfinite(value) else None


def positive(value: float | None) -> float | None:
    """Return the value as a float; None unless it is a finite number above 0, as a price or a level has to be.

    Example: 24500 gives 24500.0; 0, NaN and None give None.
    """
    return float(value) if value is not None and value > 0.0 and isfinite(value) else None


def at(values: Floats, row: int | None) -> float | None:
    """Return the value of a row; None where the row or its value is unknown.

    Example: [3, NaN] at row 0 is 3.0, at row 1 None.
    """
    return None if row is None else number(values[row])
