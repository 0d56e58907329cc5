"""Read the rulebook's tables: typed, checked, and looked up by date."""

import csv
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any, Final, Generic, TypeVar

FIRST_DAY: Final = date(2024, 1, 1)  # every rule is known from here on

Cell = Callable[[str], Any]
V = TypeVar("V")


class BadRulebook(ValueError):
    """A table is wrong; the message names file, line and column."""

    def __init__(self, file: str, line: int, column: str, said: str) -> None:
        super().__init__(f"{file}, line {line}, column {column}: {said}")


class NotInRulebook(KeyError):
    """The rulebook has no answer for this name or this early a day."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, its cells as values."""

    file: str
    line: int
    cells: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def wrong(self, column: str, said: str) -> BadRulebook:
        return BadRulebook(self.file, self.line, column, said)


class Timelines(Generic[V]):
    """What holds for each key from which day on. A rule ends the day before the next one of its key begins."""

    def __init__(self, file: str, rules: Mapping[Hashable, list[tuple[date, V]]]) -> None:
        self._file = file
        self._days = {key: [day for day, _ in each] for key, each in rules.items()}
        self._values = {key: [value for _, value in each] for key, each in rules.items()}

    def keys(self) -> tuple[Hashable, ...]:
        return tuple(self._days)

    def starts(self, key: Hashable) -> tuple[date, ...]:
        """Return the days on which a rule of the key begins."""
        return tuple(self._days[key])

    def on(self, key: Hashable, day: date) -> V:
        """Return what holds on a day. Raises NotInRulebook for an unknown key or a day before its first rule."""
        if key not in self._days:
            raise NotInRulebook(f"{self._file} knows no {key}, only {', '.join(map(str, self._days))}")
        place = bisect_right(self._days[key], day)
        if place == 0:
            raise NotInRulebook(f"{self._file} begins on {self._days[key][0]} for {key}: nothing on {day}")
        return self._values[key][place - 1]


def text_of(file: str) -> str:
    return files("oi_common.market.rulebook").joinpath(file).read_text(encoding="utf-8")


def rows(file: str, columns: Mapping[str, Cell], text: str) -> Iterator[Row]:
    """Yield the lines of a table; its columns are those named and `source`, in this order."""
    cells_of = {**columns, "source": source}
    reader = csv.reader(text.splitlines(), strict=True)
    header = next(reader, [])
    if header != list(cells_of):
        raise BadRulebook(file, 1, "all", f"the header must be {','.join(cells_of)}")
    for cells in reader:
        yield Row(file, reader.line_num, _values(file, reader.line_num, cells_of, cells))


def timelines(
    file: str, keys: tuple[str, ...], columns: Mapping[str, Cell], make: Callable[[Row], V], text: str
) -> Timelines[V]:
    """Read a table whose rows say what holds from `effective_from` on; raises BadRulebook.

    Rows of a key stand together, oldest first, and the first one holds on FIRST_DAY: so that each day from then on has
    exactly one answer.
    """
    found: dict[Hashable, list[tuple[date, V]]] = {}
    last: Hashable = None
    for row in rows(file, {keys[0]: name, **_dated(keys[1:]), **columns}, text):
        key = row[keys[0]] if len(keys) == 1 else tuple(row[each] for each in keys)
        _check_place(row, keys[0], key, found.get(key), is_next=key == last)
        found.setdefault(key, []).append((row["effective_from"], make(row)))
        last = key
    if not found:
        raise BadRulebook(file, 1, "all", "the table is empty")
    return Timelines(file, found)


def _dated(further_keys: tuple[str, ...]) -> dict[str, Cell]:
    return {**dict.fromkeys(further_keys, name), "effective_from": day_of}


def _check_place(
    row: Row, column: str, key: Hashable, before: list[tuple[date, V]] | None, *, is_next: bool
) -> None:
    begins = row["effective_from"]
    if before is None:
        if begins > FIRST_DAY:
            raise row.wrong("effective_from", f"{key} has a hole from {FIRST_DAY} to {begins}")
    elif not is_next:
        raise row.wrong(column, f"the rows of {key} do not stand together")
    elif begins <= before[-1][0]:
        raise row.wrong(
            "effective_from", f"{begins} overlaps the row before, which begins on {before[-1][0]}"
        )


def _values(file: str, line: int, columns: Mapping[str, Cell], cells: list[str]) -> dict[str, Any]:
    if len(cells) != len(columns):
        raise BadRulebook(file, line, "all", f"{len(cells)} cells instead of {len(columns)}")
    values = {}
    for (column, parse), cell in zip(columns.items(), cells, strict=True):
        try:
            values[column] = parse(cell)
        except (ValueError, InvalidOperation) as e:
            raise BadRulebook(file, line, column, f"{cell!r} is wrong: {e}") from e
    return values


def source(cell: str) -> str:
    if not cell.strip() or cell.strip().lower() == "unverified":
        raise ValueError("every row says where it comes from")
    return cell


def name(cell: str) -> str:
    if not cell or cell != cell.strip():
        raise ValueError("a name without spaces around it is needed")
    return cell


def day_of(cell: str) -> date:
    return date.fromisoformat(cell)


def time_of(cell: str) -> time:
    return time.fromisoformat(cell)


def above_zero(cell: str) -> Decimal:
    value = Decimal(cell)
    if not value > 0:
        raise ValueError("it must be above 0")
    return value


def whole(cell: str) -> int:
    value = int(cell)
    if value <= 0:
        raise ValueError("it must be above 0")
    return value


def one_of(*allowed: str) -> Cell:
    def parse(cell: str) -> str:
        if cell not in allowed:
            raise ValueError(f"it must be one of {', '.join(allowed)}")
        return cell

    return parse


def maybe(parse: Cell) -> Cell:
    """Take an empty cell for None: there is no such thing, or it is not known."""
    return lambda cell: parse(cell) if cell else None
