"""The market's direction: a vote of all legs of the chain, each weighed by its confidence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from oi_common.market.leg_views import LegViews
from oi_common.market.option_chain import Floats

_ROUNDING: Final = 1e-9


class MarketDirection(StrEnum):
    """As in the column `direction`."""

    STRONGLY_BULLISH = "STRONGLY_BULLISH"
    BULLISH = "BULLISH"
    MILDLY_BULLISH = "MILDLY_BULLISH"
    NEUTRAL = "NEUTRAL"
    MILDLY_BEARISH = "MILDLY_BEARISH"
    BEARISH = "BEARISH"
    STRONGLY_BEARISH = "STRONGLY_BEARISH"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

    @property
    def degree(self) -> int:
        """-3 strongly bearish to 3 strongly bullish; 0 also where the data do not suffice."""
        return 3 - _BY_DEGREE.index(self) if self in _BY_DEGREE else 0


_BY_DEGREE: Final = (
    MarketDirection.STRONGLY_BULLISH,
    MarketDirection.BULLISH,
    MarketDirection.MILDLY_BULLISH,
    MarketDirection.NEUTRAL,
    MarketDirection.MILDLY_BEARISH,
    MarketDirection.BEARISH,
    MarketDirection.STRONGLY_BEARISH,
)


@dataclass(frozen=True, slots=True)
class DirectionThresholds:
    """The predecessor's. Gaps are bull % less bear %, shares are percent of the votes."""

    vote_confidence: float = 30.0  # a leg above it votes
    high_confidence: float = 60.0  # a vote above it is one of high confidence
    least_votes: int = 3
    least_high_share: float = 30.0  # below: NEUTRAL
    mild_gap: float = 10.0
    plain_gap: float = 25.0
    plain_high_share: float = 50.0
    strong_gap: float = 40.0
    strong_high_share: float = 60.0


@dataclass(frozen=True, slots=True)
class DirectionVote:
    """The direction and what was counted."""

    direction: MarketDirection
    confidence: float  # 0 to 100: how sure the voters are, less what they say against one another
    bull_percent: float  # of the votes' weight; 0 without votes
    bear_percent: float
    votes: int
    high_share: float  # percent of the votes that are of high confidence


DEFAULT_THRESHOLDS: Final = DirectionThresholds()


def market_direction(
    calls: LegViews, puts: LegViews, thresholds: DirectionThresholds = DEFAULT_THRESHOLDS
) -> DirectionVote:
    """Return the direction that the legs vote for; a vote weighs |view| * confidence.

    Votes 0.8 at 80, 1.0 at 70, 0.6 at 50 and -0.8 at 40: bull 64 + 70 + 30 = 164, bear 32, so 83.7 % against
    16.3 %, half of the votes above 60, gap 67.3: BULLISH, confidence (164 - 32) / 3.2 = 41.25.
    """
    view = np.concatenate([calls.view, puts.view])
    confidence = np.concatenate([calls.confidence, puts.confidence])
    is_vote = (confidence > thresholds.vote_confidence + _ROUNDING) & (np.nan_to_num(view) != 0)
    view, confidence = view[is_vote], confidence[is_vote]
    if len(view) < thresholds.least_votes:
        return DirectionVote(MarketDirection.INSUFFICIENT_DATA, 0.0, 0.0, 0.0, len(view), 0.0)
    return _counted(view, confidence, thresholds)


def _counted(view: Floats, confidence: Floats, thresholds: DirectionThresholds) -> DirectionVote:
    # Sorted sums, so that neither the order of rows nor a mirrored chain moves a last digit over a threshold.
    bulls, bears = (float(np.sum(np.sort((view * confidence * sign).clip(0)))) for sign in (1, -1))
    bull_percent, bear_percent = (100 * part / (bulls + bears) for part in (bulls, bears))
    high_share = 100 * float(np.mean(confidence > thresholds.high_confidence + _ROUNDING))
    degree = _degree(abs(bull_percent - bear_percent), high_share, thresholds)
    return DirectionVote(
        direction=_BY_DEGREE[3 - (degree if bulls > bears else -degree)],
        confidence=abs(bulls - bears) / float(np.sum(np.sort(np.abs(view)))),
        bull_percent=bull_percent,
        bear_percent=bear_percent,
        votes=len(view),
        high_share=high_share,
    )


def _degree(gap: float, high_share: float, thresholds: DirectionThresholds) -> int:
    gap, high_share = gap + _ROUNDING, high_share + _ROUNDING
    if high_share < thresholds.least_high_share or gap < thresholds.mild_gap:
        return 0
    if gap >= thresholds.strong_gap and high_share >= thresholds.strong_high_share:
        return 3
    if gap >= thresholds.plain_gap and high_share >= thresholds.plain_high_share:
        return 2
    return 1
