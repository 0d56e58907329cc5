"""What each column of a ledger row is made of, from one row of the predecessor's table.

No value is changed. What cannot stand in our column at all (a number too large, a zero date) is NULL and counted.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Numeric,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from oi_common.legacy.shapes import KEY

SOURCE = REASON = "legacy"
_EXPIRY_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%d%b%Y", "%d-%b-%Y")
_LARGEST = {Integer: 2**31 - 1, BigInteger: 2**63 - 1}
_EARLIEST = "1000-01-01"  # below it the database only has the zero date
_IST_IS_AHEAD_MINUTES = 330
_MOMENTS: tuple[str, ...] = ("updated_at", "created_at")  # of a row's writing, the later one first

Expression = ColumnElement[Any]


@dataclass(frozen=True)
class Rows:
    """How the rows of `old` become rows of `new`: an expression for each column, and which of them have a key."""

    old: Table
    new: Table
    values: dict[str, Expression]
    has_key: ColumnElement[bool]
    newest_first: tuple[Expression, ...]

    @property
    def key(self) -> list[Expression]:
        return [self.values[name] for name in KEY]


def rows_of(connection: Connection, old: Table, new: Table) -> Rows:
    is_sqlite = connection.dialect.name == "sqlite"
    values = {
        **_measures(old, new, is_sqlite),
        "time": _lite_time(old.c.time) if is_sqlite else old.c.time,
        "expiry": _expiry(connection, old),
        "feed_time": _utc(old.c.time, is_sqlite),
        "source": literal(SOURCE),
        "reason": literal(REASON),
    }
    # Whatever the old table does not have was never said: no default may stand in for it.
    complete = {column.name: values.get(column.name, null()) for column in new.c}
    return Rows(old, new, complete, _has_key(old, complete), _newest_first(old, values))


def _measures(old: Table, new: Table, is_sqlite: bool) -> dict[str, Expression]:  # noqa: FBT001
    """Return the columns that both tables have, as our column holds them."""
    shared = {column.name: column.type for column in new.c if column.name in old.c}
    measures = {name: fitted(old.c[name], wanted) for name, wanted in shared.items() if name not in KEY}
    moments = {name: _moment(old.c[name], is_sqlite) for name in _MOMENTS if name in shared}
    return {**measures, **moments, "index_name": old.c.index_name, "strike": old.c.strike}


def fitted(value: Expression, wanted: TypeEngine[Any]) -> Expression:
    """Return the value, or NULL where it is outside what `wanted` holds; no test where it cannot be."""
    if isinstance(wanted, String):
        return case((func.length(value) <= wanted.length, value)) if wanted.length else value
    bound = _bound(wanted)
    if bound is None or _is_within(value.type, wanted):
        return value
    return case((func.abs(value) <= bound, value))


def _bound(wanted: TypeEngine[Any]) -> Any:
    for kind in (BigInteger, Integer):
        if isinstance(wanted, kind):
            return _LARGEST[kind]
    if isinstance(wanted, Numeric) and wanted.precision:
        scale = wanted.scale or 0
        return text(f"{10 ** (wanted.precision - scale) - 1}.{'9' * scale}")
    return None


def _is_within(given: TypeEngine[Any], wanted: TypeEngine[Any]) -> bool:
    if isinstance(given, Integer) and isinstance(wanted, Integer):
        return isinstance(wanted, BigInteger) or not isinstance(given, BigInteger)
    if not isinstance(given, Numeric) or not isinstance(wanted, Numeric):
        return False
    if not given.precision or not wanted.precision:
        return False
    before, room = given.precision - (given.scale or 0), wanted.precision - (wanted.scale or 0)
    return before <= room and (given.scale or 0) <= (wanted.scale or 0)


def _expiry(connection: Connection, old: Table) -> Expression:
    """Return the expiry as a date, of a column of dates, moments or text; NULL where it says none.

    The few spellings are read here rather than by the database, which in strict mode fails on the first odd one.
    """
    spelling = cast(old.c.expiry, String(40)) if connection.dialect.name != "sqlite" else old.c.expiry
    found = connection.execute(select(spelling).distinct().where(old.c.expiry.is_not(None))).scalars()
    meant = {said: day for said in map(str, found) if (day := expiry_said(said))}
    return case({said: day.isoformat() for said, day in meant.items()}, value=spelling) if meant else null()


def expiry_said(said: str) -> date | None:
    """Return the day that a spelling means beyond doubt, None for any other."""
    for form in _EXPIRY_FORMATS:
        try:
            return datetime.strptime(said.strip(), form).date()  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
    return None


def _moment(value: Expression, is_sqlite: bool) -> Expression:  # noqa: FBT001
    return value if is_sqlite else case((value >= _EARLIEST, value))


def _utc(time: Expression, is_sqlite: bool) -> Expression:  # noqa: FBT001
    """Return the bucket's start in UTC: the earliest that its poll can have been, and no invention beyond that."""
    if is_sqlite:
        return func.strftime("%Y-%m-%d %H:%M:%S.000000", time, f"-{_IST_IS_AHEAD_MINUTES} minutes")
    return func.timestampadd(text("MINUTE"), -_IST_IS_AHEAD_MINUTES, time)


def _lite_time(time: Expression) -> Expression:
    return func.strftime("%Y-%m-%d %H:%M:%S.000000", time)


def _has_key(old: Table, values: dict[str, Expression]) -> ColumnElement[bool]:
    strike = old.c.strike
    return and_(
        values["time"] >= _EARLIEST,
        func.length(old.c.index_name).between(1, 20),
        values["expiry"].is_not(None),
        strike.between(-_LARGEST[Integer], _LARGEST[Integer]),
        strike == func.round(strike),
    )


def _newest_first(old: Table, values: dict[str, Expression]) -> tuple[Expression, ...]:
    """Order by when a row was last written; of two written in the same second the later `id` is newer.

    A row that was never updated was last written when it was made. A moment that is not known is the oldest.
    """
    moments = [values[name] for name in _MOMENTS if name in values]
    last_written = [func.coalesce(*moments)] if len(moments) > 1 else []
    order = [*last_written, *moments[-1:], *([old.c.id] if "id" in old.c else [])]
    return tuple(part for value in order for part in (value.is_(None), value.desc()))
