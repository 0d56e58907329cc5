"""Finishing a day: one file for each stream, the rows that came of it, and what there is of both."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from oi_cli.reading import reading
from oi_cli.record.before import BEFORE, rows_before
from oi_cli.record.files import days_in, holes_in, inputs_in, parts_in, unfinished
from oi_cli.record.inputs import TICKS, Input
from oi_cli.record.parquet import SCHEMA_VERSION, count_entries, merge_parts
from oi_cli.record.rows import KEPT, keep_rows, rows_of
from oi_common.events import CandleClosed, ChainPolled, DayClosed

CONTENTS: Final = "day.json"
ROWS: Final = "rows"
ROWS_BEFORE: Final = "before"
_LOOKED_BACK = 3


def folder_of_day(recordings: Path, day: date) -> Path:
    return recordings / day.isoformat()


def is_closed(folder: Path) -> bool:
    """Say whether every underlying of a recorded day was told to be over."""
    found = inputs_in(folder)
    watched = {each.underlying for each in found if each.kind in {ChainPolled.kind, CandleClosed.kind}}
    return bool(watched) and watched <= {each.underlying for each in found if each.kind == DayClosed.kind}


def is_finished(folder: Path) -> bool:
    """Say whether nothing has come since the day was finished."""
    told = contents_of(folder)
    return told is not None and told["files"] == _files(folder)


def unfinished_days(recordings: Path, *, with_open: bool = False) -> list[date]:
    """Return the closed days, of the last few, to which something has come since; with those that are open, if asked."""
    folders = {day: folder_of_day(recordings, day) for day in days_in(recordings)[-_LOOKED_BACK:]}
    ripe = (day for day, folder in folders.items() if with_open or is_closed(folder))
    return [day for day in ripe if not is_finished(folders[day])]


def contents_of(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / CONTENTS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def indices_in(folder: Path) -> tuple[str, ...]:
    """Return the underlyings with chains or candles."""
    return tuple(dict.fromkeys(each.underlying for each in inputs_in(folder) if each.kind != TICKS))


def finish(recordings: Path, day: date, engine: Engine, at: datetime) -> dict[str, Any]:
    """Finish a day; again, when more has come. Raises Unavailable when the database is away."""
    folder = folder_of_day(recordings, day)
    rows = _keep_rows(folder, day, engine)
    streams = {f"{each.kind}/{each.underlying}": _merged(folder, day, each) for each in inputs_in(folder)}
    contents = {
        "schema_version": SCHEMA_VERSION,
        "day": day.isoformat(),
        "finished_at": at.isoformat(),
        "is_closed": is_closed(folder),
        "entries": streams,
        "rows": rows,
        "holes": holes_in(folder),
        "files": _files(folder),
    }
    with unfinished(folder / CONTENTS) as draft:
        draft.write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
    structlog.get_logger().info("day.recorded", day=day.isoformat(), entries=sum(streams.values()))
    return contents


def _keep_rows(folder: Path, day: date, engine: Engine) -> dict[str, int]:
    indices = indices_in(folder)
    kept = {}
    with reading(engine) as connection:
        for table in KEPT:
            path = folder / ROWS / f"{table.name}.parquet"
            kept[table.name] = keep_rows(path, table, rows_of(connection, table, day, indices))
        for table in BEFORE:
            path = folder / ROWS_BEFORE / f"{table.name}.parquet"
            keep_rows(path, table, rows_before(connection, table, day, indices))
    return kept


def _merged(folder: Path, day: date, recorded: Input) -> int:
    place = folder / recorded.kind / recorded.underlying
    parts = parts_in(place)
    _remove_superfluous(place, [part.path for part in parts])
    if len(parts) > 1:
        parts = [merge_parts(place, recorded, day, parts)]
    return count_entries(parts)


def _remove_superfluous(place: Path, kept: Sequence[Path]) -> None:
    """A merge that was killed before it had tidied up."""
    for path in place.glob("*.parquet"):
        if path not in kept:
            path.unlink()


def _files(folder: Path) -> list[str]:
    """Return the ledger's files: ticks may come for hours after the close, and change no row."""
    return [
        f"{each.kind}/{each.underlying}/{part.path.name}"
        for each in inputs_in(folder)
        if each.kind != TICKS
        for part in parts_in(folder / each.kind / each.underlying)
    ]
