"""What each leg of a chain says about the index: a signed view, how large its change is, how sure it is.

The views are the predecessor's weights by 2.5, its largest. Sizes are relative to the chain itself, never to a
number of units: thresholds in lakhs that met raw quantities once made every signal a certain one.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from oi_common.market.buildup import BuildUp, Labels, known_oi, known_premium
from oi_common.market.chain import Side
from oi_common.market.option_chain import Floats

# Of a call; a put's is the opposite. Who writes or covers says more than who buys or sells out.
VIEW_OF_CALL: Final = {
    BuildUp.LONG_BUILDUP: 1.5 / 2.5,
    BuildUp.SHORT_BUILDUP: -2.0 / 2.5,
    BuildUp.SHORT_COVERING: 2.5 / 2.5,
    BuildUp.LONG_UNWINDING: -1.0 / 2.5,
    BuildUp.NEUTRAL: 0.0,
}

# A change of this many percent has this grade, in between in proportion.
GRADES: Final = (0.0, 1.0, 2.0, 3.0, 4.0)
OI_PERCENTS: Final = (0.0, 2.0, 5.0, 10.0, 20.0)
PREMIUM_PERCENTS: Final = (0.0, 1.0, 2.5, 5.0, 10.0)

# The reference is at least this share of the mean OI: one lot that moves in a still chain is not a large change.
LEAST_REFERENCE: Final = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class LegMoves:
    """One side of the chain at two moments, one element per strike: rupees, and OI in one unit for both sides."""

    premium_now: Floats
    premium_before: Floats
    oi_now: Floats
    oi_before: Floats

    @classmethod
    def of(
        cls,
        premium_now: npt.ArrayLike,
        premium_before: npt.ArrayLike,
        oi_now: npt.ArrayLike,
        oi_before: npt.ArrayLike,
    ) -> Self:
        """Return the moves with what is no price and no OI made unknown."""
        return cls(
            known_premium(premium_now), known_premium(premium_before), known_oi(oi_now), known_oi(oi_before)
        )


@dataclass(frozen=True, slots=True, eq=False)
class LegViews:
    """One side of the chain, one element per strike."""

    labels: Labels
    view: Floats  # -1 bearish to 1 bullish for the index, 0 neutral, NaN unknown
    magnitude: Floats  # 0 to 1, 1 at the reference change
    confidence: Floats  # 0 to 100, 0 where the label is neutral or unknown


def reference_change(calls: LegMoves, puts: LegMoves) -> float:
    """Return what counts as a full-size change of OI in this chain: NaN when no leg has changed.

    The median |change| of the legs that changed, but at least 0.5 % of the mean OI of a leg.
    Legs with 100, 200 and 900 units changed among ten of 20,000 units: max(200, 100) = 200.
    """
    before = np.concatenate([calls.oi_before, puts.oi_before])
    changes = np.abs(np.concatenate([calls.oi_now, puts.oi_now]) - before)
    moved = changes[changes > 0]
    if not len(moved):
        return float("nan")
    held = before[np.isfinite(before)]
    with np.errstate(over="ignore"):
        return max(float(np.median(moved)), LEAST_REFERENCE * float(np.mean(held)))


def leg_views(side: Side, labels: Labels, moves: LegMoves, reference: float) -> LegViews:
    """Return what each leg of a side says, given its label and the size of its change.

    confidence = (20 * strength + 20) * magnitude, where strength is the mean of the grades of the two changes.
    A call whose premium fell 2.5 % (grade 2) while OI rose 10 % (grade 3), by half the reference:
    view -0.8, magnitude 0.5, confidence (20 * 2.5 + 20) * 0.5 = 35.
    """
    sign = 1.0 if side == "CE" else -1.0
    view = np.array([_view(label) * sign + 0.0 for label in labels], dtype=np.float64)
    magnitude = _magnitude(moves, reference)
    speaks = np.nan_to_num(view) != 0
    confidence = np.where(speaks, (20 * _strength(moves) + 20) * magnitude, 0.0)
    return LegViews(labels, view, magnitude, np.clip(np.nan_to_num(confidence), 0.0, 100.0))


def _view(label: BuildUp | None) -> float:
    return VIEW_OF_CALL.get(label, float("nan")) if label is not None else float("nan")


def _magnitude(moves: LegMoves, reference: float) -> Floats:
    change = np.abs(moves.oi_now - moves.oi_before)
    if not reference > 0:  # also where it is NaN
        return np.zeros_like(change)
    with np.errstate(over="ignore"):
        return np.minimum(1.0, np.nan_to_num(change) / reference)


def _strength(moves: LegMoves) -> Floats:
    """Return 0 to 4 for each leg."""
    premium = np.interp(_percent(moves.premium_now, moves.premium_before), PREMIUM_PERCENTS, GRADES)
    oi = np.interp(_percent(moves.oi_now, moves.oi_before), OI_PERCENTS, GRADES)
    return np.asarray((premium + oi) / 2, dtype=np.float64)


def _percent(now: Floats, before: Floats) -> Floats:
    """Return the size of the change in percent: from nothing to something counts as 100, the unknown as 0."""
    change = np.nan_to_num(np.abs(now - before))
    base = np.where(before > 0, before, np.where(change > 0, change, 1.0))
    with np.errstate(over="ignore"):
        return 100 * change / base
