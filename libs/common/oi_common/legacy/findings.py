"""What became of the old rows, as numbers and as sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, extract, func, or_, select, true

from oi_common.legacy.columns import SOURCE, Rows, fitted

_EXAMPLES = 3
_KEPT = "{kept:,} of {total:,} rows are in the ledger, with source 'legacy' and their old values"
_NOTES = {
    "duplicates": "{n:,} duplicates are only in {backup}; the newest of each key is kept: {examples}",
    "without_key": "{n:,} rows have no complete key (time, index_name, expiry, strike), so they are only in {backup}",
    "off_grid": "{n:,} kept rows do not begin on a 3-minute bucket; they are kept as they are",
    "rounded": "{n:,} kept rows are stamped HH:57, where a fault of the predecessor put whole hours: which bucket they "
    "are of cannot be known; they are kept as they are",
    "unfitting": "{n:,} values are too large for their column: NULL, and as they were in {backup}",
}


@dataclass(frozen=True)
class Findings:
    """Rows of the backup, those that became ledger rows, and what is to be said of some of them."""

    total: int
    kept: int
    duplicates: int
    without_key: int
    off_grid: int
    at_57: int
    unfitting: int
    examples: tuple[str, ...] = ()

    @property
    def rounded(self) -> int:
        """Return the rows at HH:57 where they are most of all: one bucket in twenty begins there by right."""
        return self.at_57 if self.at_57 * 2 > self.kept else 0

    def sentences(self, backup: str) -> list[str]:
        examples = "; ".join(self.examples)
        counted = {name: getattr(self, name) for name in _NOTES}
        notes = [
            _NOTES[name].format(n=n, backup=backup, examples=examples) for name, n in counted.items() if n
        ]
        return [_KEPT.format(kept=self.kept, total=self.total), *notes]


def findings(connection: Connection, rows: Rows) -> Findings:
    kept = _count_legacy(connection, rows.new, true())
    keyed = connection.execute(select(func.count()).select_from(rows.old).where(rows.has_key)).scalar_one()
    total = connection.execute(select(func.count()).select_from(rows.old)).scalar_one()
    duplicates = keyed - kept
    return Findings(
        total=total,
        kept=kept,
        duplicates=duplicates,
        without_key=total - keyed,
        off_grid=_off_grid(connection, rows.new),
        at_57=_at_57(connection, rows.new),
        unfitting=_unfitting(connection, rows),
        examples=_examples(connection, rows) if duplicates else (),
    )


def _examples(connection: Connection, rows: Rows) -> tuple[str, ...]:
    count = func.count()
    twice = select(*rows.key, count).where(rows.has_key).group_by(*rows.key).having(count > 1)
    return tuple(_example(row) for row in connection.execute(twice.order_by(*rows.key).limit(_EXAMPLES)))


def _example(row: Sequence[Any]) -> str:
    time, name, expiry, strike, times = row
    return f"{name} {expiry} {strike} at {str(time)[:19]} ({times} times)"


def _off_grid(connection: Connection, new: Table) -> int:
    """Count the rows whose time no bucket begins at."""
    odd = or_(extract("minute", new.c.time) % 3 != 0, extract("second", new.c.time) != 0)
    return _count_legacy(connection, new, odd)


def _at_57(connection: Connection, new: Table) -> int:
    return _count_legacy(connection, new, extract("minute", new.c.time) == 57)


def _count_legacy(connection: Connection, new: Table, which: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(new).where(new.c.source == SOURCE, which)
    return connection.execute(statement).scalar_one()


def _unfitting(connection: Connection, rows: Rows) -> int:
    """Count the values that our columns cannot hold; only columns where that is possible are looked at."""
    total = 0
    for column in rows.new.c:
        if column.name not in rows.old.c or column.name in {"time", "index_name", "expiry", "strike"}:
            continue
        old = rows.old.c[column.name]
        kept = fitted(old, column.type)
        if kept is not old:
            lost = select(func.count()).select_from(rows.old).where(old.is_not(None), kept.is_(None))
            total += connection.execute(lost.where(rows.has_key)).scalar_one()
    return total
