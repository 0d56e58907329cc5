"""The cells of the table: what stands in them, and in which colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from oi_cli.chain import words
from oi_cli.chain.view import ChainView, Leg, StrikeRow

UP, DOWN, UNKNOWN, PREVIOUS = "green", "red", "dim", "grey62"
BAR_WIDTH = 12


class Cell(NamedTuple):
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a chain, and the unit its OI is written in."""

    atm: int | None
    resistance: Mapping[int, int]
    support: Mapping[int, int]
    fresh: frozenset[int]
    unit: int
    most_oi: int

    @property
    def unit_name(self) -> str:
        return "lakh" if self.unit == words.LAKH else "'000"


def marks_of(view: ChainView) -> Marks:
    """Return the marks; a chain that never comes near a lakh is written in thousands."""
    resistance, support = view.wall_ranks()
    walls = (*view.measures.resistance, *view.measures.support)
    return Marks(
        atm=view.atm_strike,
        resistance=resistance,
        support=support,
        fresh=frozenset(wall.strike for wall in walls if wall.is_fresh),
        unit=words.LAKH if view.most_oi >= words.LAKH or not view.most_oi else words.THOUSAND,
        most_oi=view.most_oi,
    )


def theta(leg: Leg) -> Cell:
    return _said(words.theta(leg.theta))


def delta(leg: Leg) -> Cell:
    return _said(words.number(leg.delta))


def change(value: float | None) -> Cell:
    """Return a change in percent: green up, red down, plain where it stood still."""
    text = words.percent(value)
    if value is None or text == "0.0":
        return _said(text)
    return Cell(text, UP if value > 0 else DOWN)


def close(value: float | None, *, is_previous: bool = False) -> Cell:
    return _said(words.price(value), PREVIOUS if is_previous else "")


def oi(units: int | None, marks: Marks, style: str = "") -> Cell:
    return _said(words.in_units_of(units, marks.unit), style)


def oi_bar(leg: Leg, marks: Marks, style: str) -> Cell:
    return Cell(words.bar(leg.oi, marks.most_oi, BAR_WIDTH), style)


def verdict(row: StrikeRow, *, is_shortest: bool) -> Cell:
    text = words.verdict(row.verdict, is_shortest=is_shortest)
    said = row.verdict or ""
    style = UP if "Bullish" in said else DOWN if "Bearish" in said else ""
    return _said(text, f"bold {style}" if said.startswith("Strong") else style)


def strike(row: StrikeRow, marks: Marks, *, has_ranks: bool) -> tuple[Cell, Cell, Cell]:
    """Return the mark of resistance, the strike, the mark of support."""
    is_atm = row.strike == marks.atm
    written = f"▸{row.strike}◂" if is_atm else f" {row.strike} "
    return (
        _wall("R", marks.resistance.get(row.strike), row.strike in marks.fresh, DOWN, has_ranks=has_ranks),
        Cell(written, "bold black on yellow" if is_atm else "bold"),
        _wall("S", marks.support.get(row.strike), row.strike in marks.fresh, UP, has_ranks=has_ranks),
    )


def _wall(letter: str, rank: int | None, is_fresh: bool, style: str, *, has_ranks: bool) -> Cell:  # noqa: FBT001
    blank = "  " if has_ranks else " "
    if rank is None:
        return Cell(blank)
    text = f"{letter}{rank}" if has_ranks else letter
    return Cell(text, f"bold reverse {style}" if is_fresh else f"bold {style}")


def _said(text: str, style: str = "") -> Cell:
    return Cell(text, UNKNOWN if text == words.DASH else style)
