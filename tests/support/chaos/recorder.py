"""A recorder on a chaotic day: it follows, and is killed as often as chance will have it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from support.chaos.plan import common_environment, inherited
from support.chaos.stage import Stage
from support.processes import BIN, Process, free_port

NAME = "recorder-1"
_RUNS_AT_LEAST, _RUNS_AT_MOST = 10.0, 30.0  # seconds between two kills
_KILLS = 3  # then it is left to finish the day


def recordings_in(folder: Path) -> Path:
    return folder / NAME / "recordings"


def followed_and_killed(chance: Random) -> Callable[[Stage], None]:
    """Return what adds the recorder to a day's crew."""

    def add(stage: Stage) -> None:
        environment = {
            **inherited(),
            **common_environment(stage.plan, NAME, stage.folder, free_port()),
            "REDIS_URL": stage.redis_url,
            "DATABASE_URL": stage.database_url,
        }
        log = stage.folder / f"{NAME}.log"
        stage.crew.add(NAME, Process([str(BIN / "oi"), "record", "--follow"], log, environment))
        stage.each_moment.append(_Killer(stage, chance).look)

    return add


@dataclass
class _Killer:
    stage: Stage
    chance: Random
    at: float = 0.0

    def look(self) -> None:
        now = time.monotonic()
        if self.stage.crew.deaths[NAME] >= _KILLS:
            return
        if self.at and now >= self.at:
            self.stage.crew.kill(NAME)
        if now >= self.at:
            self.at = now + self.chance.uniform(_RUNS_AT_LEAST, _RUNS_AT_MOST)
