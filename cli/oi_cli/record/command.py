"""`oi record`: keep what came in on a day."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.exits import Exit
from oi_cli.reading import connect_reader
from oi_cli.record.files import days_in, inputs_in, sole_recorder
from oi_cli.record.finishing import finish, folder_of_day
from oi_cli.record.recorder import Recorder
from oi_cli.record.service import NAME, Settings, serve
from oi_common.clock import WallClock
from oi_common.connections import connect_redis, redis_away_is_unavailable
from oi_common.service import run

Day = Annotated[
    datetime | None,
    typer.Option("--day", formats=["%Y-%m-%d"], help="Which day to finish. Default: the newest there is."),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Run as a service: write during the day, finish at its close.")
]


def record(
    day: Day = None,
    follow: Follow = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Keep the input streams (polls, backfills, candles, Greeks, ticks, days' ends) under DATA_DIR/recordings.

    Without --follow: what the streams hold now and no file does yet, then the day's rows beside it, and end.
    """
    if follow:
        run(NAME, Settings, serve)
        return
    settings = Settings.load()
    with sole_recorder(settings.recordings):
        asyncio.run(_catch_up(settings))
        raise typer.Exit(_finish(settings, day.date() if day is not None else None))


async def _catch_up(settings: Settings) -> None:
    redis = connect_redis(settings.redis_url)
    try:
        recorder = Recorder(redis, settings.recordings, settings.inputs, WallClock().now().date())
        with redis_away_is_unavailable():
            await recorder.read_on()
            await recorder.write_all()
            await recorder.mark_all()
    finally:
        await redis.aclose()


def _finish(settings: Settings, given: date | None) -> Exit:
    console = Console(highlight=False, soft_wrap=True)
    day = given or newest_day(settings.recordings)
    if day is None or not inputs_in(folder_of_day(settings.recordings, day)):
        said = f"of {day}" if day is not None else "at all"
        console.print(f"nothing is recorded {said}: the streams hold no entry of it any more, or never did")
        return Exit.BROKEN
    engine = connect_reader(settings.database_url)
    try:
        contents = finish(settings.recordings, day, engine, WallClock().now())
    finally:
        engine.dispose()
    for stream, entries in contents["entries"].items():
        console.print(f"  {stream}: {entries} entries")
    for hole in contents["holes"]:
        console.print(f"  trimmed before it was recorded: {hole}", style="red")
    console.print(f"recorded: {folder_of_day(settings.recordings, day)}")
    return Exit.FINE


def newest_day(recordings: Path) -> date | None:
    return max(days_in(recordings), default=None)
