"""A recording on its way through the services, with a bar that shows how far it is."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from oi_cli.demo.stage import Stage
from oi_cli.demo.stopping import Interrupted
from oi_cli.replay.feeder import Feeder
from oi_cli.replay.pace import Pace
from oi_cli.replay.plan import BUCKETER, ReplayPlan
from oi_cli.replay.turns import Turn, timed, turns

_TELLS_EVERY = 5.0
_AFTERWARDS = timedelta(minutes=1)  # in which those who live by the clock finish


@dataclass(slots=True)
class Fed:
    """What was fed: how many entries, up to which recorded moment, in how many real seconds."""

    entries: int = 0
    until: datetime | None = None
    seconds: float = 0.0


def feed_all(
    plan: ReplayPlan, stage: Stage, feeder: Feeder, start_others: Callable[[Sequence[str]], None]
) -> Fed:
    """Feed the whole recording. The services beside the bucketer come in where watching begins.

    Raises Interrupted when asked to end, Failed when a service cannot go on.
    """
    fed, began, pace = Fed(), time.monotonic(), Pace(plan.speed)
    others = [name for name in plan.services if name != BUCKETER]
    with _bar(stage.reporter.console, plan.recording.count(plan.kinds)) as tell:
        for turn, following in _with_following(_turns(plan)):
            is_watched = plan.begins is None or turn.at >= plan.begins
            if is_watched and others:
                feeder.tell_time(turn.at, speed=None, until=turn.at)
                start_others(others)
                others = []
            if is_watched:
                _wait(stage, pace.seconds_until(turn.at))
            speed = plan.speed if is_watched else None
            until = following if speed is not None else turn.at
            feeder.tell_time(turn.at, speed=speed, until=until)
            feeder.feed(turn)
            look(stage)
            fed.entries, fed.until = fed.entries + len(turn.entries), turn.at
            tell(fed)
    fed.seconds = time.monotonic() - began
    return fed


def end_time(feeder: Feeder, fed: Fed) -> None:
    """Let those who live by the clock see the recording's end."""
    if fed.until is not None:
        end = fed.until + _AFTERWARDS
        feeder.tell_time(end, speed=None, until=end, state="ended")


def first_moment(plan: ReplayPlan) -> datetime | None:
    """Return the recorded time of the first entry, None for a recording in which nobody says what time it is."""
    first = next(timed(plan.recording.entries(plan.kinds)), None)
    return first.at if first is not None else None


def _turns(plan: ReplayPlan) -> Iterator[Turn]:
    return turns(timed(plan.recording.entries(plan.kinds)), plan.turns)


def _with_following(found: Iterator[Turn]) -> Iterator[tuple[Turn, datetime]]:
    """Return each turn with the time of the one after it."""
    turn = next(found, None)
    for following in chain(found, (None,)):
        if turn is not None:
            yield turn, following.at if following is not None else turn.at
        turn = following


def _wait(stage: Stage, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        look(stage)
        time.sleep(min(left, 0.05))


def look(stage: Stage) -> None:
    """Keep the processes running. Raises Interrupted when asked to end, Failed when one keeps dying."""
    if stage.stopping.is_asked:
        raise Interrupted("stopped before the recording was at its end")
    for line in stage.supervisor.look():
        stage.reporter.note(line)


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Callable[[Fed], None]]:
    """A bar in a terminal, a line every few seconds elsewhere."""
    if not console.is_terminal:
        yield _lines(console, total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("replaying", total=total)
        yield lambda fed: progress.update(
            task, completed=fed.entries, description=f"replaying {fed.until:%H:%M:%S}"
        )


def _lines(console: Console, total: int) -> Callable[[Fed], None]:
    told_at = time.monotonic()

    def tell(fed: Fed) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELLS_EVERY:
            told_at = time.monotonic()
            console.print(f"{fed.until:%H:%M:%S}  {fed.entries} of {total} entries", markup=False)

    return tell
