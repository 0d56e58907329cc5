"""An hour of trading at Diwali, a day with an open and a close and soon played, in which everything dies that can."""

import os
import signal
import time
from contextlib import closing
from datetime import date
from typing import Any, Final

from support.demo_time import DemoTime
from support.processes import eventually

DAY: Final = "2025-10-21"
INDICES: Final = ("NIFTY", "BANKNIFTY")
ARGUMENTS: Final = (
    "--day", DAY, "--seed", "11", "--speed", "max", "--only", "ingest-ws,poller,bucketer,recorder",
)  # fmt: skip
_STARTS_WITHIN = 400.0


def play(demo: Any) -> None:
    """Play the hour to its close. The poller misses the polls of three buckets; the recorder dies, too."""
    eventually(lambda: "redis" in demo.processes(), within=_STARTS_WITHIN, what="the demo's Redis")
    with closing(DemoTime(demo.processes()["redis"], date.fromisoformat(DAY))) as clock:
        clock.allow("13:44")
        demo.wait_for_output("everything runs", within=_STARTS_WITHIN)
        _disturb(demo, clock)
        # What is told at the close is told once all before it has been handled.
        _play_to("14:51", demo, clock)
        clock.wait_until_handled(*INDICES)
        clock.let_go()
        demo.end()


def _disturb(demo: Any, clock: DemoTime) -> None:
    _play_to("13:57", demo, clock)
    _play_to("14:09", demo, clock, "recorder", "bucketer")
    os.kill(demo.processes()["poller"], signal.SIGSTOP)
    _play_to("14:18", demo, clock, "recorder")
    _kill_the_poller(demo, clock)
    _play_to("14:33", demo, clock, "redis", "bucketer")
    _kill_the_poller(demo, clock)
    _play_to("14:42", demo, clock, "recorder")


def _play_to(minute: str, demo: Any, clock: DemoTime, *killed: str) -> None:
    """Let time run to a minute, and kill meanwhile."""
    clock.allow(minute)
    for name in killed:
        demo.kill(name)
    clock.wait_for(minute)


def _kill_the_poller(demo: Any, clock: DemoTime) -> None:
    """While time stands still: it is the poller's absence that it runs through, and one hole is enough."""
    struck_at = time.time()
    demo.kill("poller")
    clock.wait_for_poller(struck_at)
