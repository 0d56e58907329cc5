"""What a replay came to: its rows against those of the day, and what was decided."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection, Table

from oi_cli.demo.advised import read_advised
from oi_cli.exits import Exit
from oi_cli.reading import connect_reader, reading
from oi_cli.record.finishing import ROWS
from oi_cli.record.rows import LEDGER, Row, kept_rows, rows_of
from oi_cli.replay.comparing import Compared, compared
from oi_cli.replay.decisions import decided_otherwise, decisions_said
from oi_cli.replay.feeding import Fed
from oi_cli.replay.plan import BUCKETER, ReplayPlan
from oi_common.tables import ai_decisions

_SHOWN = 20


def conclude(
    console: Console,
    plan: ReplayPlan,
    database_url: str,
    fed: Fed,
    dead: Sequence[str],
    kept: Path | None,
) -> Exit:
    """Print the summary and return the exit code it deserves. Raises Unavailable when a database is away."""

    def say(line: str, style: str | None = None) -> None:
        console.print(line, style=style, markup=False, soft_wrap=True)

    say("")
    say(f"Replayed {plan.recording.day:%a %d %b %Y}: {fed.entries} entries in {fed.seconds:.1f} s")
    for name, value in plan.settings.items():
        is_secret = "KEY" in name or "TOKEN" in name or "@" in value  # pragma: allowlist secret
        shown = "***" if is_secret else value
        say(f"  with {name}={shown}")
    for reason in sorted(set(dead)):
        say(f"  an entry was buried: {reason}", "red")
    with _reading(database_url) as replayed, _live(plan) as live:
        for line in _said_of_decisions(plan, replayed, live):
            say(f"  {line}")
        if live is None and not _has_rows(plan):
            say("  nothing to compare with: the recording holds no rows, and no --compare was given")
            return Exit.FINE
        outcomes = [_compared(plan, table, replayed, live) for table in LEDGER]
    for line, style in _said(outcomes):
        say(f"  {line}", style)
    if kept is not None:
        _write_differences(kept / "differences.csv", outcomes)
    return Exit.FINE if plan.asks_otherwise or all(each.is_same for each in outcomes) else Exit.BROKEN


def _has_rows(plan: ReplayPlan) -> bool:
    return (plan.recording.folder / ROWS / f"{LEDGER[0].name}.parquet").exists()


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine = connect_reader(url)
    try:
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _live(plan: ReplayPlan) -> Iterator[Connection | None]:
    """The database to compare with, None where the recording's own rows are."""
    with nullcontext() if plan.compare_url is None else _reading(plan.compare_url) as connection:
        yield connection


def _rows_then(plan: ReplayPlan, table: Table, live: Connection | None) -> Iterator[Row]:
    """Return the day's rows as they were written on it."""
    recording = plan.recording
    if live is not None:
        return rows_of(live, table, recording.day, recording.indices)
    return kept_rows(recording.folder / ROWS / f"{table.name}.parquet")


def _compared(plan: ReplayPlan, table: Table, replayed: Connection, live: Connection | None) -> Compared:
    now = rows_of(replayed, table, plan.recording.day, plan.recording.indices)
    return compared(table, _rows_then(plan, table, live), now)


def _said(outcomes: Sequence[Compared]) -> Iterator[tuple[str, str | None]]:
    for each in outcomes:
        same = "identical" if each.is_same else f"{each.rows} differ"
        yield f"{each.table}: {each.live} rows live, {each.replayed} replayed, {same}", None
    if all(each.is_same for each in outcomes):
        yield "the replayed rows are those of the day", "green"
        return
    for each in outcomes:
        if each.columns:
            yield f"{each.table}: " + ", ".join(f"{n} {c}" for n, c in sorted(each.columns.items())), "yellow"
    shown = [difference for each in outcomes for difference in each.shown]
    for one in shown[:_SHOWN]:
        what = f"{one.table} {one.key}" + (f" {one.column}" if one.column else "")
        yield f"{what}: live {one.live}, replayed {one.replayed}", "yellow"
    if len(shown) > _SHOWN:
        yield "and more; with --keep DIR they are in DIR/differences.csv", "yellow"


def _said_of_decisions(plan: ReplayPlan, replayed: Connection, live: Connection | None) -> Iterator[str]:
    if plan.services == (BUCKETER,):
        return
    day, indices = plan.recording.day, plan.recording.indices
    for each in read_advised(replayed, day):
        yield each.said
    now = rows_of(replayed, ai_decisions, day, indices)
    yield from decisions_said(now)
    again = rows_of(replayed, ai_decisions, day, indices)
    yield from decided_otherwise(_rows_then(plan, ai_decisions, live), again)


def _write_differences(path: Path, outcomes: Sequence[Compared]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("table", "key", "column", "live", "replayed"))
        for each in outcomes:
            writer.writerows(each.shown)
