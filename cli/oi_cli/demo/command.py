"""`oi demo`: the whole system on a simulated exchange, as real processes."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from oi_cli.demo.checked import (
    checked_day,
    checked_end,
    checked_lot,
    checked_scenario,
    checked_segment,
    checked_services,
    checked_speed,
    indices_of,
)
from oi_cli.demo.plan import Plan
from oi_cli.demo.run import run_demo
from oi_cli.reading import Settings
from oi_common.market.rulebook.days import horizon_warning

For = Annotated[
    float | None,
    typer.Option("--for", metavar="SECONDS", help="End by itself after so many real seconds.", min=1.0),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=["%H:%M"], help="End by itself when simulated time comes to this minute."
    ),
]
Plain = Annotated[bool, typer.Option("--plain", help="Lines without control codes instead of a live screen.")]
Speed = Annotated[
    str | None,
    typer.Option("--speed", metavar="X", help="Times real time, or `max`. Default 60; max for a recording."),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and day give the same market.")]
Scenario = Annotated[
    str | None,
    typer.Option(
        "--scenario",
        metavar="NAME",
        help="What the market is made to do: calm (default), trend_up, trend_down, range, gap_up, gap_down, "
        "whipsaw, wall_break.",
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        "--day",
        formats=["%Y-%m-%d"],
        help="Any trading day, special ones too. Default: the last one before today.",
    ),
]
Segment = Annotated[
    str | None, typer.Option("--segment", metavar="NFO|BFO|MCX|NSE", help="What is watched. Default: NFO.")
]
Indices = Annotated[
    str | None,
    typer.Option(
        "--indices", help="Default: the segment's usual ones, of NFO NIFTY,BANKNIFTY; of MCX a commodity."
    ),
]
Recording = Annotated[
    Path | None,
    typer.Option(
        "--recording", help="Play a recorded NSE chain (CSV or Parquet).", exists=True, dir_okay=False
    ),
]
Lot = Annotated[int | None, typer.Option("--lot", help="Lot size of the recording's contracts.", min=1)]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Default: a SQLite file of its own.")]
Only = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="NAMES",
        help="Only these services, as `ingest-ws,poller,bucketer` for the ledger alone. Default: all.",
    ),
]
Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="DIR", help="Work in this new folder, and keep it.")
]


def demo(
    lasts: For = None,
    until: Until = None,
    plain: Plain = False,  # noqa: FBT002 - typer's way to say a flag
    speed: Speed = None,
    seed: Seed = 1,
    scenario: Scenario = None,
    only: Only = None,
    day: Day = None,
    segment: Segment = None,
    indices: Indices = None,
    recording: Recording = None,
    lot: Lot = None,
    database_url: DatabaseUrl = None,
    keep: Keep = None,
) -> None:
    """Run the whole system on a simulated exchange: no account, no network, any day of the week.

    Ends on Ctrl-C, after --for, at --until or at the end of the day, and prints a summary that is read back
    from the database.
    """
    watched = checked_segment(segment, recording)
    plan = Plan(
        segment=watched,
        indices=indices_of(indices, recording, watched),
        speed=checked_speed(speed, recording),
        seed=seed,
        day=checked_day(day, recording, watched),
        lasts=timedelta(seconds=lasts) if lasts is not None else None,
        recording=recording.resolve() if recording is not None else None,
        lot=checked_lot(lot, recording),
        scenario=checked_scenario(scenario, recording),
        services=checked_services(only),
    )
    if plan.day is not None and (said := horizon_warning(plan.day)):
        typer.echo(f"warning: {said}", err=True)
    plan = replace(plan, until=checked_end(until.time() if until is not None else None, plan))
    url = Settings(database_url=database_url).database_url if database_url else None
    raise typer.Exit(run_demo(plan, plain=plain, keep=keep, database_url=url))
