"""The verdict on a strike, from what its call and its put say about the index.

score = (m_CE v_CE + m_PE v_PE) / (m_CE + m_PE) over the legs that say something, with v and m of `leg_views`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.buildup import BuildUp
from oi_common.market.leg_views import LegViews
from oi_common.market.option_chain import Floats

Verdicts: TypeAlias = npt.NDArray[np.object_]
Flags: TypeAlias = npt.NDArray[np.bool_]

_ROUNDING: Final = 1e-9


class Verdict(StrEnum):
    """As in the column `verdict`."""

    STRONG_BULLISH = "Strong Bullish"
    MODERATE_BULLISH = "Moderate Bullish"
    MILD_BULLISH = "Mild Bullish"
    NEUTRAL = "Neutral"
    MILD_BEARISH = "Mild Bearish"
    MODERATE_BEARISH = "Moderate Bearish"
    STRONG_BEARISH = "Strong Bearish"
    RANGE = "Range"  # both sides are written: the index is expected to stay
    BREAKOUT = "Breakout"  # both sides are bought: a move is expected, either way


@dataclass(frozen=True, slots=True)
class VerdictThresholds:
    """The predecessor's, its scores (up to 2.5) brought to 1."""

    mild: float = 0.2
    moderate: float = 0.4
    strong: float = 0.8
    least_confidence: float = 30.0  # below: Neutral, whatever the score
    strong_confidence: float = 60.0  # below: at most Moderate


@dataclass(frozen=True, slots=True, eq=False)
class StrikeVerdicts:
    """One element per strike."""

    verdicts: Verdicts  # of Verdict; None where nothing is known of either leg
    scores: Floats  # -1 bearish to 1 bullish; NaN where nothing is known of either leg
    confidence: Floats  # 0 to 100


DEFAULT_THRESHOLDS: Final = VerdictThresholds()
_DEGREES: Final = np.array(
    [
        Verdict.STRONG_BEARISH, Verdict.MODERATE_BEARISH, Verdict.MILD_BEARISH,
        Verdict.NEUTRAL,
        Verdict.MILD_BULLISH, Verdict.MODERATE_BULLISH, Verdict.STRONG_BULLISH,
    ],
    dtype=np.object_,
)  # fmt: skip


def strike_verdicts(
    calls: LegViews, puts: LegViews, thresholds: VerdictThresholds = DEFAULT_THRESHOLDS
) -> StrikeVerdicts:
    """Return the verdict on each strike; a strike of which one leg says nothing is judged by the other alone.

    Call short_buildup (view -0.8, magnitude 1, confidence 80), put long_buildup (-0.6, 0.5, 35):
    score (-0.8 - 0.3) / 1.5 = -0.733, confidence (80 + 17.5) / 1.5 = 65, Moderate Bearish.
    """
    is_unknown = np.isnan(calls.view) & np.isnan(puts.view)
    scores = np.where(is_unknown, np.nan, _mean(calls, puts, calls.view, puts.view))
    confidence = _mean(calls, puts, calls.confidence, puts.confidence)
    verdicts = _DEGREES[3 + _degrees(scores, confidence, thresholds)]
    is_sure = confidence >= thresholds.least_confidence - _ROUNDING
    verdicts[_both(calls, puts, BuildUp.SHORT_BUILDUP) & is_sure] = Verdict.RANGE
    verdicts[_both(calls, puts, BuildUp.LONG_BUILDUP) & is_sure] = Verdict.BREAKOUT
    verdicts[is_unknown] = None
    return StrikeVerdicts(verdicts, scores, confidence)


def _mean(calls: LegViews, puts: LegViews, of_calls: Floats, of_puts: Floats) -> Floats:
    """Return the mean of the two legs by magnitude, of those that say something; 0 where neither does."""
    weights = [np.where(np.nan_to_num(side.view) != 0, side.magnitude, 0.0) for side in (calls, puts)]
    total = weights[0] + weights[1]
    weighted = weights[0] * np.nan_to_num(of_calls) + weights[1] * np.nan_to_num(of_puts)
    return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), 0.0)


def _degrees(scores: Floats, confidence: Floats, thresholds: VerdictThresholds) -> npt.NDArray[np.int64]:
    """Return -3 to 3 for each strike."""
    size = np.abs(np.nan_to_num(scores)) + _ROUNDING
    degrees = np.sum(
        [size >= limit for limit in (thresholds.mild, thresholds.moderate, thresholds.strong)], 0
    )
    sure = confidence + _ROUNDING
    degrees = np.where(sure >= thresholds.strong_confidence, degrees, np.minimum(degrees, 2))
    degrees = np.where(sure >= thresholds.least_confidence, degrees, 0)
    return np.asarray(np.where(np.nan_to_num(scores) < 0, -degrees, degrees), dtype=np.int64)


def _both(calls: LegViews, puts: LegViews, label: BuildUp) -> Flags:
    return np.asarray((calls.labels == label) & (puts.labels == label), dtype=np.bool_)
