"""The grade of a chain's day.

Every bucket that is due is worth one point, less what it lacks:

    nobody polled it, and it was not repaired     1
    repaired afterwards (no bid, ask or Greeks)   0.1
    some of its poll slots were missed            0.3 x their share
    it lacks the index candle                     0.1
    it is not sealed though it is due             0.1

The score is 100 x points / buckets. Greeks, gaps and the age of data are shown and not graded: the broker has no IV
for some contracts, and the rest is in the buckets already.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from oi_common.market.completeness import Cell, Kind


class Grade(StrEnum):
    """Best first."""

    A_PLUS = "A+"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"

    def is_at_least(self, other: "Grade") -> bool:
        return _ORDER[self] <= _ORDER[other]


_ORDER = {grade: place for place, grade in enumerate(Grade)}

# From this score on. A day of 129 buckets keeps A+ with 3 missed polls of 1155, and A with 25 repaired buckets.
THRESHOLDS = (
    (99.9, Grade.A_PLUS),
    (98.0, Grade.A),
    (95.0, Grade.B),
    (90.0, Grade.C),
    (75.0, Grade.D),
    (0.0, Grade.F),
)
BEST_WITH_A_MISSING_BUCKET = Grade.B
BEST_WITH_A_BROKEN_CHECK = Grade.D

_REPAIRED, _NO_CANDLE, _UNSEALED, _MISSED_POLLS = 0.1, 0.1, 0.1, 0.3

EXPLAINED = (
    "The grade: each bucket that is due is a point, less 1 when missing, 0.1 when repaired, without candle or "
    "unsealed, and 0.3 x the share of missed polls. Of 100: A+ from 99.9, A 98, B 95, C 90, D 75. With a bucket still "
    "missing at best B, with a broken check at best D. The day has the grade of its worst chain."
)


def score_of(cells: Iterable[Cell]) -> float | None:
    """Return the score of the buckets that are due, None when none is."""
    points = [_points(cell) for cell in cells if cell.kind is not Kind.UNDERWAY]
    return 100 * sum(points) / len(points) if points else None


def grade_of(score: float, *, has_missing: bool, is_broken: bool) -> Grade:
    """Return the grade of a score, not above what a missing bucket or a broken check allows."""
    grade = next(grade for least, grade in THRESHOLDS if round(score, 6) >= least)
    caps = [grade]
    if has_missing:
        caps.append(BEST_WITH_A_MISSING_BUCKET)
    if is_broken:
        caps.append(BEST_WITH_A_BROKEN_CHECK)
    return worst(caps)


def worst(grades: Sequence[Grade]) -> Grade:
    return max(grades, key=_ORDER.__getitem__)


def score_said(score: float) -> str:
    """Return the score, cut and not rounded: what is not perfect never reads 100."""
    return f"{int(score * 10 + 1e-6) / 10:.1f}"


def _points(cell: Cell) -> float:
    if cell.kind is Kind.MISSING:
        return 0.0
    lost = 0.0 if cell.has_candle else _NO_CANDLE
    if cell.kind is Kind.REPAIRED:
        return 1 - lost - _REPAIRED
    if cell.kind is Kind.UNSEALED:
        lost += _UNSEALED
    return 1 - lost - (_MISSED_POLLS * cell.missed / cell.slots if cell.slots else 0.0)
