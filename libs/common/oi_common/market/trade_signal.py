"""The trading signal: BUY, SELL or HOLD the index's direction, with its reasons in numbers.

PCR has one reading here, that of the writers: many puts written means support. The predecessors held three that
contradicted one another. Extremes count for nothing, since too many then stand on one side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from oi_common.market.arrays import number
from oi_common.market.direction import DirectionVote, MarketDirection

_ROUNDING: Final = 1e-9

Point: TypeAlias = tuple[int, str]  # -1 against, 1 for the bulls, 0 neither; and why


class TradeAction(StrEnum):
    """As in the column `trade_signal`. BUY expects a rise (a buyer's call), SELL a fall (a buyer's put)."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True)
class SignalThresholds:
    """PCR bands are reciprocal, and distances in percent of spot, so that a mirrored chain reads as mirrored."""

    least_confidence: float = 30.0
    least_points: int = 2
    pcr_supports: float = 1.25  # from here up; from its reciprocal 0.8 down it weighs
    pcr_extreme: float = 2.0  # from here up, or from 0.5 down
    rank_supports: float = 70.0  # of the PCR in its own history, percent; from 30 down it weighs
    rank_extreme: float = 95.0  # or from 5 down
    pain_percent: float = 0.5  # how far max pain must lie from spot to pull
    wall_percent: float = 0.15  # how near a wall stands in the way


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What the signal is made of; None is unknown. Strikes and spot are rupees."""

    vote: DirectionVote
    spot: float | None = None
    pcr: float | None = None  # by OI
    pcr_rank: float | None = None  # percent of its history that was lower; preferred to the bands
    max_pain: float | None = None
    supports: Sequence[float] = ()  # strongest first; the first counts
    resistances: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class TradeSignal:
    action: TradeAction
    points: int  # -6 to 6
    reasons: tuple[str, ...]


DEFAULT_THRESHOLDS: Final = SignalThresholds()


def trade_signal(facts: SignalFacts, thresholds: SignalThresholds = DEFAULT_THRESHOLDS) -> TradeSignal:
    """Return the signal: the direction's degree (-3 to 3) and a point each from PCR, max pain and the walls.

    BULLISH (+2) at confidence 41, PCR 1.4 (+1), max pain 0.2 % off (0), no wall near (0): 3 points, BUY.
    """
    vote = facts.vote
    degree = vote.direction.degree
    counted = [_of_pcr(facts, thresholds), _of_pain(facts, thresholds), _of_walls(facts, thresholds)]
    points = degree + sum(point for point, _ in counted)
    action, why = _action(vote, points, thresholds)
    return TradeSignal(action, points, (_of_vote(vote), *(reason for _, reason in counted), why))


def _action(vote: DirectionVote, points: int, thresholds: SignalThresholds) -> tuple[TradeAction, str]:
    degree, needed = vote.direction.degree, thresholds.least_points
    if not degree:
        return TradeAction.HOLD, "HOLD: no direction to follow"
    if vote.confidence < thresholds.least_confidence - _ROUNDING:
        return (
            TradeAction.HOLD,
            f"HOLD: confidence {vote.confidence:.0f} of {thresholds.least_confidence:.0f}",
        )
    if abs(points) < needed or points * degree < 0:
        return TradeAction.HOLD, f"HOLD: {points:+d} points, {needed} needed on the direction's side"
    action = TradeAction.BUY if degree > 0 else TradeAction.SELL
    return action, f"{action}: {points:+d} points, {needed} needed on the direction's side"


def _of_vote(vote: DirectionVote) -> str:
    if vote.direction is MarketDirection.INSUFFICIENT_DATA:
        return f"Direction unknown: {vote.votes} votes are too few"
    return (
        f"Direction {vote.direction} ({vote.direction.degree:+d}): bulls {vote.bull_percent:.0f} %, "
        f"bears {vote.bear_percent:.0f} % of {vote.votes} votes, confidence {vote.confidence:.0f}"
    )


def _of_pcr(facts: SignalFacts, thresholds: SignalThresholds) -> Point:
    pcr, rank = number(facts.pcr), number(facts.pcr_rank)
    if pcr is None or pcr < 0:
        return 0, "PCR unknown (+0)"
    if rank is not None:
        point, is_extreme = _band(rank - 50, thresholds.rank_supports - 50, thresholds.rank_extreme - 50)
        said = f"PCR {pcr:.2f}, above {rank:.0f} % of its history"
    else:
        ratio, sign = (pcr, 1) if pcr >= 1 else (1 / pcr if pcr else float("inf"), -1)
        point, is_extreme = _band(ratio * sign, thresholds.pcr_supports, thresholds.pcr_extreme)
        said = f"PCR {pcr:.2f}"
    reading = {1: "put writers support", 0: "neither side leads", -1: "call writers weigh"}[point]
    return point, f"{said} ({point:+d}): {'extreme, so it counts for neither' if is_extreme else reading}"


def _band(value: float, counts_from: float, extreme_from: float) -> tuple[int, bool]:
    size = abs(value) + _ROUNDING
    if size >= extreme_from:
        return 0, True
    return (0 if size < counts_from else 1 if value > 0 else -1), False


def _of_pain(facts: SignalFacts, thresholds: SignalThresholds) -> Point:
    spot, pain = number(facts.spot), number(facts.max_pain)
    if spot is None or pain is None or spot <= 0:
        return 0, "Max pain or spot unknown (+0)"
    percent = 100 * (pain - spot) / spot
    point = 0 if abs(percent) + _ROUNDING < thresholds.pain_percent else 1 if percent > 0 else -1
    pull = {1: "pulls up", 0: "too near to pull", -1: "pulls down"}[point]
    return point, f"Max pain {pain:.0f} is {percent:+.2f} % from spot {spot:.2f} ({point:+d}): {pull}"


def _of_walls(facts: SignalFacts, thresholds: SignalThresholds) -> Point:
    """Return a point against running into a wall; a wall that spot has passed is a point for going on."""
    spot = number(facts.spot)
    strongest = (("resistance", 1, facts.resistances), ("support", -1, facts.supports))
    walls = [(name, side, number(strikes[0])) for name, side, strikes in strongest if len(strikes)]
    if spot is None or spot <= 0:
        return 0, "Spot unknown, walls not judged (+0)"
    near = thresholds.wall_percent / 100 * spot + _ROUNDING
    judged = [_of_wall(name, wall, (wall - spot) * side, near, side) for name, side, wall in walls if wall]
    point = max(-1, min(1, sum(point for point, _ in judged)))
    return point, f"Walls ({point:+d}): {' and '.join(said for _, said in judged) or 'unknown'}"


def _of_wall(name: str, wall: float, room: float, near: float, side: int) -> Point:
    if room < 0:
        return side, f"{name} {wall:.0f} is passed by {-room:.0f} points"
    if room <= near:
        return -side, f"{name} {wall:.0f} stands in the way, {room:.0f} points ahead"
    return 0, f"{name} {wall:.0f} is {room:.0f} points away"
