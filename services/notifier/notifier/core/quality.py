"""How complete a chain's day is: what became of each bucket, and the grade that this deserves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from notifier.core.numbers import day
from notifier.core.text import Text, bold, lines
from oi_common.market.completeness import Cell, Kind, cells
from oi_common.market.grades import Grade, grade_of, score_of, score_said, worst
from oi_common.market.sessions import TradingSession


@dataclass(frozen=True, slots=True)
class ChainDay:
    """The counts are of the buckets that are due. The grade knows nothing of the checks that `oi verify` makes."""

    index_name: str
    expiry: date
    cells: tuple[Cell, ...]

    @property
    def due(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind is not Kind.UNDERWAY)

    @property
    def polls(self) -> tuple[int, int]:
        """Return how many poll slots there were, and in how many of them a poll was seen."""
        slots = sum(cell.slots for cell in self.due)
        return slots, slots - sum(cell.missed for cell in self.due)

    @property
    def score(self) -> float | None:
        return score_of(self.cells)

    @property
    def grade(self) -> Grade | None:
        score = self.score
        if score is None:
            return None
        return grade_of(score, has_missing=self.count(Kind.MISSING) > 0, is_broken=False)

    def count(self, kind: Kind) -> int:
        return sum(1 for cell in self.cells if cell.kind is kind)


@dataclass(frozen=True, slots=True)
class Polled:
    """A row of `chain_buckets`."""

    time: datetime
    polls: int
    polls_expected: int
    slots_missed: int
    changed: int
    is_sealed: bool
    is_saved: bool
    has_candle: bool
    source: str | None
    last_feed: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            time=row["time"],
            polls=row["polls"],
            polls_expected=row["polls_expected"],
            slots_missed=len(row.get("polls_missed") or ()),
            changed=row["changed"],
            is_sealed=row["state"] == "sealed",
            is_saved=row.get("saved_at") is not None,
            has_candle=row.get("candle_status") == "merged",
            source=row["source"],
        )


def chain_day(
    index_name: str,
    expiry: date,
    session: TradingSession | None,
    rows: Iterable[Mapping[str, Any]],
    until: datetime,
) -> ChainDay:
    """Return a chain's day as things stood at `until` (IST wall time); `rows` are those of `chain_buckets`."""
    headers = {row["time"]: Polled.of(row) for row in rows}
    found = cells(
        session, headers, until, is_saved=lambda each: each.is_saved, has_candle=lambda each: each.has_candle
    )
    return ChainDay(index_name, expiry, found)


def grade_of_all(chains: Iterable[ChainDay]) -> Grade | None:
    """Return the grade of the worst chain; None while no bucket is due."""
    grades = [chain.grade for chain in chains if chain.grade is not None]
    return worst(grades) if grades else None


def graded(chain: ChainDay) -> str:
    return "no grade yet" if chain.score is None else f"{chain.grade} {score_said(chain.score)}"


def told(on: date, chains: Sequence[ChainDay]) -> Text:
    grade = grade_of_all(chains)
    said = [bold(f"Data of {on:%d %b %Y}" + (f"  {grade}" if grade else ""))]
    for chain in chains:
        counts = ", ".join(f"{chain.count(kind)} {kind}" for kind in Kind if chain.count(kind))
        slots, seen = chain.polls
        said.append(
            bold(f"{chain.index_name} {day(chain.expiry)}  {graded(chain)}")
            + f"\n{counts or 'no bucket'}; {seen:,} of {slots:,} polls"
        )
    return lines(said if len(said) > 1 else [*said, "nothing has been recorded"])
