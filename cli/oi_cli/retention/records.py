"""What the database knows of its archive: one row for each file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select, update

from oi_common.clock import WallClock
from oi_common.market.buckets import utc_naive
from oi_common.tables import archived_days

KEPT: Final = "kept"
MOVED: Final = "moved"

_LEDGER = ("option_snapshots", "oi_changes")

_a = archived_days.c


@dataclass(frozen=True)
class Archived:
    """One file of the archive; `state` says whether its rows are in the table, too."""

    table_name: str
    day: date
    part: int
    file: str
    rows_kept: int
    sha256: str
    state: str = KEPT


def archived(connection: Connection, day: date, table_name: str | None = None) -> Sequence[Archived]:
    """Return the files of a day, in the order in which they were made."""
    names = [column for column in _a if column.name != "changed_at"]
    wanted = select(*names).where(_a.day == day).order_by(_a.table_name, _a.part)
    if table_name is not None:
        wanted = wanted.where(_a.table_name == table_name)
    return [Archived(**row) for row in connection.execute(wanted).mappings()]


def is_archived(connection: Connection, day: date) -> bool:
    """Tell whether ledger rows of the day are in the archive alone."""
    here = (_a.day == day, _a.state == MOVED, _a.table_name.in_(_LEDGER))
    return connection.execute(select(_a.part).where(*here).limit(1)).first() is not None


def begun(connection: Connection, table_name: str, until: date) -> Sequence[date]:
    """Return the days before `until` of which a file is there and rows may be, too."""
    here = (_a.table_name == table_name, _a.day < until, _a.state == KEPT)
    return connection.execute(select(_a.day).distinct().where(*here)).scalars().all()


def write_record(engine: Engine, one: Archived) -> None:
    with engine.begin() as connection:
        connection.execute(insert(archived_days).values(**asdict(one), changed_at=_now()))


def set_state(engine: Engine, one: Archived, state: str) -> None:
    here: list[Any] = [_a.table_name == one.table_name, _a.day == one.day, _a.part == one.part]
    with engine.begin() as connection:
        connection.execute(update(archived_days).where(*here).values(state=state, changed_at=_now()))


def _now() -> datetime:
    return utc_naive(WallClock().now())
