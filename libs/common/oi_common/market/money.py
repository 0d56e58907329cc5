"""The strike at the money, the straddle there, the move it implies, and the synthetic future."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from oi_common.market.arrays import at, number, positive
from oi_common.market.option_chain import Floats

# rolling: at the strike at the money of its own moment; fixed: at a strike that was chosen once.
StraddleKind = Literal["rolling", "fixed"]


@dataclass(frozen=True, slots=True)
class Straddle:
    """A call and a put of one strike, bought together: what they cost in rupees, and how the strike came about."""

    strike: int
    premium: float
    kind: StraddleKind


def nearest_row(strikes: Floats, level: float | None) -> int | None:
    """Return the row of the strike nearest a level (rupees), the lower one on a tie; None without either.

    With spot it is the strike at the money as screens show it, with the forward the one that models mean.

    Example: strikes [100, 150, 200]: level 149 is nearest row 1, level 125 row 0.
    """
    near = number(level)
    return None if near is None or not len(strikes) else int(np.argmin(np.abs(strikes - near)))


def nearest_strike(strikes: Floats, level: float | None) -> int | None:
    """Return the strike of `nearest_row`, in rupees.

    Example: strikes [24450, 24500], spot 24474 and forward 24481: 24450 by spot, 24500 by the forward.
    """
    row = nearest_row(strikes, level)
    return None if row is None else int(strikes[row])


def rolling_straddle(
    strikes: Floats, call_premium: Floats, put_premium: Floats, level: float | None
) -> Straddle | None:
    """Return the straddle at the strike nearest a level, premiums in rupees as arrays over the strikes.

    None when one of both premiums is unknown or 0. Seen through the day its strike moves with the level, and
    the premium jumps there: mark those points (`roll_points`), or keep to a `fixed_straddle`.

    Example: strike 24500 nearest spot 24,490, call 120.50 and put 110.25: 230.75 rupees.
    """
    return _straddle(strikes, call_premium, put_premium, nearest_row(strikes, level), "rolling")


def fixed_straddle(
    strikes: Floats, call_premium: Floats, put_premium: Floats, strike: float | None
) -> Straddle | None:
    """Return the straddle at a strike chosen before, as of 09:15; None when it is not listed or not priced.

    Example: 24500 chosen at 09:15, at noon call 60 and put 175: 235 rupees, wherever spot is by then.
    """
    row = nearest_row(strikes, strike)
    return _straddle(strikes, call_premium, put_premium, row, "fixed") if at(strikes, row) == strike else None


def roll_points(strikes: Sequence[int | None]) -> list[bool]:
    """Return for each bucket's strike at the money whether it differs from the last one known before it.

    Example: [24500, None, 24500, 24550] gives [False, False, False, True].
    """
    rolled, last = [], None
    for strike in strikes:
        rolled.append(strike is not None and last is not None and strike != last)
        last = last if strike is None else strike
    return rolled


def implied_move(straddle: Straddle | None, spot: float | None) -> float | None:
    """Return the straddle in percent of spot: the move, up or down, at which its buyer is even at expiry.

    For a normal distribution one standard deviation is about 1.25 times that.

    Example: 230.75 at spot 24,490 is 0.942 %.
    """
    level = positive(spot)
    return None if straddle is None or level is None else straddle.premium / level * 100.0


def synthetic_future(
    strike: float | None, call: float | None, put: float | None, growth: float = 1.0
) -> float | None:
    """Return strike + growth * (call - put), in rupees: what the future costs when made of these two.

    With growth = exp(rate * years) it is the parity forward, with 1 the price that is payable now. None unless both
    are priced.

    Example: 24500 + 120.50 - 110.25 = 24,510.25.
    """
    level, bought, sold = number(strike), positive(call), positive(put)
    return None if level is None or bought is None or sold is None else level + growth * (bought - sold)


def _straddle(
    strikes: Floats, call_premium: Floats, put_premium: Floats, row: int | None, kind: StraddleKind
) -> Straddle | None:
    call, put = positive(at(call_premium, row)), positive(at(put_premium, row))
    if row is None or call is None or put is None:
        return None
    return Straddle(int(strikes[row]), call + put, kind)
