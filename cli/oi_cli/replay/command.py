"""`oi replay`: a recorded day once more, through the same services, beside everything live."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from oi_cli.reading import Settings

Day = Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="The recorded day.")]
Speed = Annotated[str, typer.Option("--speed", metavar="X", help="Times real time, or `max`.")]
From = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%H:%M"],
        help="Watch from this minute on: what came before goes through the bucketer at once.",
    ),
]
Only = Annotated[
    str | None,
    typer.Option(
        "--only", metavar="NAMES", help="Only these services, and the bucketer, as `bucketer,ai-rich`."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Ask what another setting would have led to, as SNAPSHOT_RULE=change_or_new_bucket. Repeatable.",
    ),
]
Present = Annotated[
    bool,
    typer.Option(
        "--present", help="With the environment's settings. Default: those of the day, as recorded."
    ),
]
Recordings = Annotated[
    Path | None, typer.Option("--recordings", metavar="DIR", help="Default: DATA_DIR/recordings.")
]
Into = Annotated[
    str | None,
    typer.Option("--into", metavar="DATABASE_URL", help="An empty database. Default: a SQLite file."),
]
RedisUrl = Annotated[
    str | None, typer.Option("--redis", metavar="URL", help="An empty Redis. Default: an embedded one.")
]
Compare = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="DATABASE_URL",
        help="The database with the day's live rows. Default: those kept in the recording.",
    ),
]
Plain = Annotated[bool, typer.Option("--plain", help="Lines without control codes.")]
Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="DIR", help="Work in this new folder, and keep it.")
]


def replay(
    day: Day,
    speed: Speed = "max",
    begins: From = None,
    only: Only = None,
    settings: Set = None,
    present: Present = False,  # noqa: FBT002 - typer's way to say a flag
    recordings: Recordings = None,
    into: Into = None,
    redis_url: RedisUrl = None,
    compare: Compare = None,
    plain: Plain = False,  # noqa: FBT002 - typer's way to say a flag
    keep: Keep = None,
) -> None:
    """Feed a recorded day through the services again, into a database and a Redis of its own.

    It follows recorded time, messages nobody, and ends with a comparison: identical rows, or the differences (exit
    code 1). REDIS_URL, DATABASE_URL and Telegram's settings of the environment are not used.
    """
    # Arrow is slow to import, and only recordings need it.
    from oi_cli.replay.checked import (  # noqa: PLC0415
        checked_begin,
        checked_services,
        checked_settings,
        checked_speed,
    )
    from oi_cli.replay.plan import ReplayPlan  # noqa: PLC0415
    from oi_cli.replay.recording import open_recording  # noqa: PLC0415
    from oi_cli.replay.run import run_replay  # noqa: PLC0415

    recording = open_recording(recordings or _recordings(), day.date())
    services = checked_services(only)
    plan = ReplayPlan(
        recording=recording,
        speed=checked_speed(speed),
        begins=checked_begin(begins.time() if begins is not None else None, recording),
        services=services,
        settings=checked_settings(settings or (), services),
        compare_url=Settings(database_url=compare).database_url if compare else None,
        is_present=present,
    )
    target = Settings(database_url=into).database_url if into else None
    raise typer.Exit(run_replay(plan, plain=plain, keep=keep, into=target, redis_url=redis_url))


def _recordings() -> Path:
    return Settings.load().data_dir / "recordings"
