"""`oi verify`: are the tables of a day what they must be?"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.exits import Exit
from oi_cli.quality.checks import Fault, faults
from oi_cli.quality.ledger import Ledger
from oi_cli.quality.reading import last_day, read_ledger
from oi_cli.quality.report import as_json, show_faults, show_summaries
from oi_cli.quality.summary import ChainSummary, summarised
from oi_cli.reading import Settings, connect_reader, reading
from oi_common.errors import Unavailable

Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Default: the last day there is.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]


def verify(day: Day = None, as_document: Json = False) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Check a day's tables: duplicates, snapshots per bucket, candles, polls per minute, gaps."""
    ledger = read_day(Settings.load().database_url, day.date() if day else None)
    found, summaries = faults(ledger), summarised(ledger)
    if as_document:
        typer.echo(document(ledger.day, summaries, found))
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{ledger.day:%a %d %b %Y}")
        show_summaries(console, summaries)
        show_faults(console, found)
    raise typer.Exit(Exit.BROKEN if found else Exit.FINE)


def read_day(database_url: str, day: date | None) -> Ledger:
    """Read one day, the last one without `day`. Raises Unavailable when there is nothing to read."""
    engine = connect_reader(database_url)
    try:
        with reading(engine) as connection:
            chosen = day or last_day(connection)
            ledger = read_ledger(connection, chosen) if chosen else None
    finally:
        engine.dispose()
    if ledger is None or not ledger.chains():
        raise Unavailable(
            f"there is nothing to verify {f'on {day}' if day else 'yet'}: chain_buckets is empty; "
            "let the bucketer run in market hours, or try `oi demo`"
        )
    return ledger


def document(day: date, summaries: Sequence[ChainSummary], found: Sequence[Fault]) -> str:
    return json.dumps(
        {
            "day": day.isoformat(),
            "holds": not found,
            "chains": [as_json(summary) for summary in summaries],
            "faults": [{"check": fault.check, "said": fault.said} for fault in found],
        },
        indent=2,
    )
