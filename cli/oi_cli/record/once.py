"""Recording once: what the streams hold now, and the end."""

import asyncio
from datetime import date, datetime

from rich.console import Console

from oi_cli.exits import Exit
from oi_cli.reading import connect_reader
from oi_cli.record.day_settings import keep_settings, settings_of
from oi_cli.record.files import days_in, inputs_in, sole_recorder
from oi_cli.record.finishing import finish, folder_of_day
from oi_cli.record.recorder import Recorder
from oi_cli.record.service import Settings
from oi_common.clock import WallClock
from oi_common.connections import AsyncRedis, connect_redis, redis_away_is_unavailable


def record_once(settings: Settings, day: date | None) -> Exit:
    """Keep what no file holds yet and finish a day, by default the newest there is.

    Raises Failed while another recorder is at work, Unavailable when Redis or the database is away.
    """
    with sole_recorder(settings.recordings):
        asyncio.run(_catch_up(settings))
        return _finish(settings, day or max(days_in(settings.recordings), default=None))


async def _catch_up(settings: Settings) -> None:
    redis = connect_redis(settings.redis_url)
    try:
        now = WallClock().now()
        recorder = Recorder(redis, settings.recordings, settings.inputs, now.date())
        with redis_away_is_unavailable():
            await recorder.read_on()
            await recorder.write_all()
            await recorder.mark_all()
            await _keep_settings(settings, redis, now)
    finally:
        await redis.aclose()


async def _keep_settings(settings: Settings, redis: AsyncRedis, now: datetime) -> None:
    """Of a day that is past the present settings say something only where nothing else does."""
    for day in days_in(settings.recordings)[-1:]:
        folder = folder_of_day(settings.recordings, day)
        if day == now.date() or settings_of(folder) is None:
            await keep_settings(folder, redis, now)


def _finish(settings: Settings, day: date | None) -> Exit:
    console = Console(highlight=False, soft_wrap=True)
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
