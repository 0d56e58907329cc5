"""The recorder as a service: follows the day, finishes it at its close."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import structlog

from oi_cli.reading import connect_reader
from oi_cli.record.day_settings import keep_settings
from oi_cli.record.files import sole_recorder
from oi_cli.record.finishing import finish, folder_of_day, unfinished_days
from oi_cli.record.inputs import LEDGER, Input, inputs_of
from oi_cli.record.recorder import Recorder
from oi_cli.record.tape import TapePolicy
from oi_common.connections import REDIS_DOWN
from oi_common.errors import Unavailable
from oi_common.groups import has_handled_all
from oi_common.service import Runtime, run
from oi_common.settings import ServiceSettings
from oi_common.waiting import wait

NAME = "recorder"
_LEDGERS_GROUP = "bucketer"
_READ_EVERY = timedelta(seconds=1)
# Repairs come for a while after the close; a simulated close is followed by the end of everything.
_SETTLES_WITHIN = timedelta(seconds=60)
_SETTLES_SOON = timedelta(seconds=1)
_SIMULATED = TapePolicy(every=timedelta(seconds=20))


class Settings(ServiceSettings):
    """What the recorder needs to know."""

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def inputs(self) -> tuple[Input, ...]:
        return inputs_of(self.indices, is_commodity=self.feed_segment == "MCX")


def follow_the_day() -> None:
    """Run the service until SIGTERM."""
    run(NAME, Settings, serve)


async def serve(runtime: Runtime[Settings]) -> None:
    """Record until told to stop."""
    settings = runtime.settings
    with sole_recorder(settings.recordings):
        today = runtime.clock.now().date()
        policy = TapePolicy() if settings.clock == "wall" else _SIMULATED
        recorder = Recorder(runtime.redis, settings.recordings, settings.inputs, today, policy)
        runtime.health.ready()
        try:
            await _follow(runtime, recorder)
        finally:
            await recorder.write_all()
        await _end(runtime, recorder)


async def _follow(runtime: Runtime[Settings], recorder: Recorder) -> None:
    settles = _SETTLES_WITHIN if runtime.settings.clock == "wall" else _SETTLES_SOON
    quiet_since = time.monotonic()
    while not runtime.stop.is_set():
        try:
            if await recorder.read_on():
                quiet_since = time.monotonic()
            await _keep_settings(runtime)
            if time.monotonic() - quiet_since >= settles.total_seconds():
                await _finish(runtime, recorder)
                quiet_since = time.monotonic()
            runtime.health.ready()
        except (Unavailable, *REDIS_DOWN) as e:
            runtime.health.waiting_for("redis or the database")
            structlog.get_logger().warning("recorder.waiting", error=str(e))
        await wait(runtime.stop, _READ_EVERY)


async def _end(runtime: Runtime[Settings], recorder: Recorder) -> None:
    try:
        await recorder.read_on()
        await _keep_settings(runtime)
        # A simulated day does not go on: it is over where it is left, closed or not.
        await _finish(runtime, recorder, with_open=runtime.settings.clock != "wall")
    except (Unavailable, *REDIS_DOWN) as e:  # the next start goes on from what is on disk
        structlog.get_logger().warning("recorder.ended_early", error=str(e))


async def _keep_settings(runtime: Runtime[Settings]) -> None:
    now = runtime.clock.now()
    await keep_settings(folder_of_day(runtime.settings.recordings, now.date()), runtime.redis, now)


async def _finish(runtime: Runtime[Settings], recorder: Recorder, *, with_open: bool = False) -> None:
    """Finish the closed days, or all, once the ledger has handled all there is."""
    settings = runtime.settings
    days = await asyncio.to_thread(unfinished_days, settings.recordings, with_open=with_open)
    if not days or not await _is_handled(runtime):
        return
    await recorder.write_all()
    await recorder.mark_all()
    for day in days:
        engine = connect_reader(settings.database_url)
        try:
            await asyncio.to_thread(finish, settings.recordings, day, engine, runtime.clock.now())
        finally:
            engine.dispose()


async def _is_handled(runtime: Runtime[Settings]) -> bool:
    return all(
        [
            await has_handled_all(runtime.redis, each.stream, _LEDGERS_GROUP)
            for each in runtime.settings.inputs
            if each.kind in LEDGER
        ]
    )
