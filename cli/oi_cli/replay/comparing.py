"""Comparing the replayed rows of a day with the live ones, a bucket of both in memory at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Table

from oi_cli.record.rows import OUR_CLOCK, Moment, Row, by_time

_SHOWN = 200  # differences that are kept in words; all of them are counted


class Difference(NamedTuple):
    """One value, or with column None one row, that is not the same. None is NULL, or no row."""

    table: str
    key: str
    column: str | None
    live: str | None
    replayed: str | None


@dataclass(slots=True)
class Compared:
    """One table's outcome."""

    table: str
    live: int = 0
    replayed: int = 0
    rows: int = 0  # that differ
    columns: dict[str, int] = field(default_factory=dict)
    shown: list[Difference] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        return not self.rows


def compared(table: Table, live: Iterator[Row], replayed: Iterator[Row]) -> Compared:
    """Compare two sides, each in the order of time.

    Of the moments at which a service did something only counts whether there is one: two runs have two clocks.
    """
    outcome = Compared(table.name)
    key = [column.name for column in table.primary_key]
    for ours, theirs in _side_by_side(by_time(table, live), by_time(table, replayed)):
        outcome.live += len(ours)
        outcome.replayed += len(theirs)
        _compare(outcome, _by_key(ours, key), _by_key(theirs, key))
    return outcome


def _side_by_side(
    left: Iterator[Moment], right: Iterator[Moment]
) -> Iterator[tuple[Sequence[Row], Sequence[Row]]]:
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            yield (one[1] if one is not None else []), []
            one = next(left, None)
        elif one is None or other[0] < one[0]:
            yield [], other[1]
            other = next(right, None)
        else:
            yield one[1], other[1]
            one, other = next(left, None), next(right, None)


def _by_key(rows: Sequence[Row], key: Sequence[str]) -> dict[tuple[str | None, ...], Row]:
    return {tuple(row[name] for name in key): row for row in rows}


def _compare(
    outcome: Compared,
    live: Mapping[tuple[str | None, ...], Row],
    replayed: Mapping[tuple[str | None, ...], Row],
) -> None:
    for key in sorted({*live, *replayed}, key=str):
        found = list(_differences(outcome.table, key, live.get(key), replayed.get(key)))
        outcome.rows += bool(found)
        for each in found:
            column = each.column or "(whole row)"
            outcome.columns[column] = outcome.columns.get(column, 0) + 1
        outcome.shown += found[: _SHOWN - len(outcome.shown)]


def _differences(
    table: str, key: tuple[str | None, ...], live: Row | None, replayed: Row | None
) -> Iterator[Difference]:
    name = " ".join(str(part) for part in key)
    if live is None or replayed is None:
        there, absent = "a row", "no row"
        yield Difference(table, name, None, there if live else absent, there if replayed else absent)
        return
    for column in live:
        ours, theirs = live[column], replayed[column]
        if column in OUR_CLOCK and ours is not None and theirs is not None:
            continue
        if ours != theirs:
            yield Difference(table, name, column, ours, theirs)
