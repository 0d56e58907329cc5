"""The demo under way, and its orderly end."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from oi_cli.demo.plan import SIMULATOR
from oi_cli.demo.stage import Stage
from oi_cli.demo.watch import Watch
from oi_cli.keys import KeyPresses
from oi_cli.streams import ALL
from oi_common.errors import Unavailable

_SHOWS_EVERY = 1.0
_DRAINED_WITHIN = 30.0
_QUIET_FOR = 1.0
_RECORDED_WITHIN = 120.0


def run_until_the_end(stage: Stage, watch: Watch, keys: KeyPresses, day: date) -> bool:
    """Show what happens until the time is over, simulated time has ended, or someone asks to end.

    Return whether simulated time came to its end.
    """
    lasts = stage.plan.lasts
    over_at = time.monotonic() + lasts.total_seconds() if lasts is not None else None
    shown_at = 0.0
    while not stage.stopping.is_asked and (over_at is None or time.monotonic() < over_at):
        pressed = _obey(keys, watch, stage)
        if pressed or time.monotonic() - shown_at >= _SHOWS_EVERY:
            shown_at = time.monotonic()
            with suppress(Unavailable):  # Redis is being started again
                stage.reporter.show(watch.picture(day))
                if _has_ended(stage):
                    return True
        stage.moment()
    return False


def wind_down(stage: Stage) -> bool:
    """Let what is under way be finished, then stop the services; say whether all was handled."""
    stage.reporter.step("finishing what is under way")
    stage.hold.at_present()
    drained = _drain(stage)
    stage.reporter.step("stopping the services")
    # The one-second loop goes by the clock: without ticks it has nothing to decide upon.
    stage.supervisor.stop(("ingest-ws", "poller", "ai-minimal"))
    drained = _drain(stage) and drained
    stage.supervisor.stop(("bucketer", "paper-trader"))
    # It finishes the day while Redis is there: on a slow machine that takes its time.
    stage.supervisor.stop(("recorder",), within=_RECORDED_WITHIN)
    stage.supervisor.stop((SIMULATOR,))
    return drained


def _obey(keys: KeyPresses, watch: Watch, stage: Stage) -> bool:
    pressed = keys.since_last_look()
    for key in pressed:
        if key == "n":
            watch.turn(1)
        elif key == "p":
            watch.turn(-1)
        elif key == "q":
            stage.stopping.ask()
    return bool(pressed)


def _has_ended(stage: Stage) -> bool:
    exchange = stage.streams.exchange_time(time.time())
    return exchange is not None and exchange.has_ended


def _drain(stage: Stage) -> bool:
    """Wait until nothing new comes and every group has handled all there is; False past the deadline."""
    deadline = time.monotonic() + _DRAINED_WITHIN
    asked = stage.stopping.times
    before: Sequence[int] = ()
    quiet_since = time.monotonic()
    while time.monotonic() < deadline and stage.stopping.times in {asked, 0, 1}:
        stage.moment()
        try:
            lengths = _lengths(stage)
            if lengths != before or not _is_drained(stage):
                before, quiet_since = lengths, time.monotonic()
            elif time.monotonic() - quiet_since >= _QUIET_FOR:
                return True
        except Unavailable:  # Redis is being started again
            quiet_since = time.monotonic()
    return False


def _is_drained(stage: Stage) -> bool:
    return all(stage.streams.is_drained(name) for name in stage.plan.indices)


def _lengths(stage: Stage) -> list[int]:
    return [stage.streams.length(event, name) for event in ALL[1:] for name in stage.plan.indices]
