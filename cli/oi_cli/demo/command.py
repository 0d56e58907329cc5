"""`oi demo`: the whole system on a simulated exchange, as real processes."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from oi_cli.demo.plan import SEGMENT, Plan, end_before
from oi_cli.demo.recording import recorded_index
from oi_cli.demo.run import run_demo
from oi_cli.reading import Settings
from oi_common.clock import WallClock
from oi_common.market.rulebook.days import horizon_warning
from oi_common.market.sessions import previous_trading_day, session_on

_SPEED = "60"
_FASTEST = 3600.0

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
Day = Annotated[
    datetime | None,
    typer.Option("--day", formats=["%Y-%m-%d"], help="Default: the last trading day before today."),
]
Indices = Annotated[str | None, typer.Option("--indices", help="Default: NIFTY,BANKNIFTY.")]
Recording = Annotated[
    Path | None,
    typer.Option(
        "--recording", help="Play a recorded NSE chain (CSV or Parquet).", exists=True, dir_okay=False
    ),
]
Lot = Annotated[int | None, typer.Option("--lot", help="Lot size of the recording's contracts.", min=1)]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="Default: a SQLite file of its own.")]
Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="DIR", help="Work in this new folder, and keep it.")
]


def demo(
    lasts: For = None,
    until: Until = None,
    plain: Plain = False,  # noqa: FBT002 - typer's way to say a flag
    speed: Speed = None,
    seed: Seed = 1,
    day: Day = None,
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
    plan = Plan(
        indices=indices_of(indices, recording),
        speed=checked_speed(speed, recording),
        seed=seed,
        day=checked_day(day, recording),
        lasts=timedelta(seconds=lasts) if lasts is not None else None,
        recording=recording.resolve() if recording is not None else None,
        lot=checked_lot(lot, recording),
    )
    if plan.day is not None and (said := horizon_warning(plan.day)):
        typer.echo(f"warning: {said}", err=True)
    plan = replace(plan, until=checked_end(until.time() if until is not None else None, plan))
    url = Settings(database_url=database_url).database_url if database_url else None
    raise typer.Exit(run_demo(plan, plain=plain, keep=keep, database_url=url))


def indices_of(given: str | None, recording: Path | None) -> tuple[str, ...]:
    """Return the indices asked for, that of the recording, or the usual two."""
    if given is None and recording is not None:
        given = recorded_index(recording)
    try:
        chosen = Settings.model_validate({"indices": given or "NIFTY,BANKNIFTY"}).indices
    except ValidationError as e:
        said = e.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(said, param_hint="--indices") from e
    if recording is not None and len(chosen) > 1:
        raise typer.BadParameter("a recording is played for one index", param_hint="--indices")
    return chosen


def checked_speed(given: str | None, recording: Path | None) -> str:
    speed = given or ("max" if recording is not None else _SPEED)
    if speed == "max":
        return speed
    try:
        is_possible = 0 < float(speed) <= _FASTEST
    except ValueError:
        is_possible = False
    if not is_possible:
        raise typer.BadParameter(
            f"{speed} is neither `max` nor a number up to {_FASTEST:.0f}", param_hint="--speed"
        )
    return speed


def checked_day(given: datetime | None, recording: Path | None) -> date | None:
    """Return the trading day to play; None when a recording brings its own."""
    if recording is not None:
        if given is not None:
            raise typer.BadParameter("a recording brings its own day", param_hint="--day")
        return None
    if given is None:
        return previous_trading_day(SEGMENT, WallClock().now().date())
    day = given.date()
    if session_on(SEGMENT, day) is None:
        before = previous_trading_day(SEGMENT, day)
        raise typer.BadParameter(
            f"the market is closed on {day}; {before} is the trading day before", param_hint="--day"
        )
    return day


def checked_lot(given: int | None, recording: Path | None) -> int | None:
    if (given is None) != (recording is None):
        raise typer.BadParameter(
            "--recording and --lot go together: a recorded NSE chain counts contracts (NIFTY had 75 in 2025)",
            param_hint="--lot",
        )
    return given


def checked_end(minute: time | None, plan: Plan) -> time | None:
    """Return where simulated time stops; it must lie after the open of a day that is known."""
    if minute is None:
        return None
    if minute == time.min or (plan.held_at is not None and minute <= plan.held_at.time()):
        raise typer.BadParameter("the market has not opened by then", param_hint="--until")
    return end_before(minute)
