"""The decisions of a replay in words, and those that were decided otherwise on the day."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from oi_cli.record.rows import Row
from oi_common.market.buckets import IST, from_utc_naive

_SHOWN = 20
_WHAT = ("decision", "side", "strike")


def decisions_said(rows: Iterable[Row]) -> Iterator[str]:
    """Name the entries and exits, the first of them at least."""
    acts = [row for row in rows if row["decision"] in {"ENTER", "EXIT"}]
    yield from (f"{_when(row)} {row['loop']} {row['index_name']}: {_what(row)}" for row in acts[:_SHOWN])
    if len(acts) > _SHOWN:
        yield f"and {len(acts) - _SHOWN} more entries and exits"


def decided_otherwise(live: Iterable[Row], replayed: Iterable[Row]) -> Iterator[str]:
    """Name the decisions about the same situation that are not the same."""
    then = {row["event_id"]: (row["engine"], *(row[name] for name in _WHAT)) for row in live}
    if not then:
        return
    both = differing = 0
    for row in replayed:
        said = then.get(row["event_id"])
        if said is None:
            continue
        both += 1
        if said[1:] != tuple(row[name] for name in _WHAT):
            differing += 1
            if differing <= _SHOWN:
                was = " ".join(part for part in said[1:] if part)
                yield f"{_when(row)} {row['loop']} {row['index_name']}: live {was}, replayed {_what(row)}"
    yield f"decisions about the same moment: {both}, decided otherwise {differing}"


def _what(row: Row) -> str:
    by = row["model"] or row["engine"]
    return " ".join(part for part in (*(row[name] for name in _WHAT), f"({by})") if part)


def _when(row: Row) -> str:
    return f"{from_utc_naive(datetime.fromisoformat(row['event_time'] or '')).astimezone(IST):%H:%M:%S}"
