"""`oi record`: keep what came in on a day."""

from datetime import datetime
from typing import Annotated

import typer

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
    # Arrow is slow to import, and only recordings need it.
    if follow:
        from oi_cli.record.service import follow_the_day  # noqa: PLC0415

        follow_the_day()
        return
    from oi_cli.record.once import record_once  # noqa: PLC0415
    from oi_cli.record.service import Settings  # noqa: PLC0415

    raise typer.Exit(record_once(Settings.load(), day.date() if day is not None else None))
