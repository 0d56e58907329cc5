"""How a demo tells what it does: a live screen in a terminal, plain lines elsewhere."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.status import Status

from oi_cli.demo.picture import Picture
from oi_cli.demo.screen import screen

_STILL_AFTER = 2.0
_PLAIN_EVERY = 5.0


class Reporter(Protocol):
    """What a demo wants of whoever tells of it."""

    console: Console

    def tick(self, waits_for: str = "") -> None:
        """Show life while a step of the set-up takes its time, and what it waits for."""

    def step(self, title: str) -> None:
        """Say what begins now; the step before it is done."""

    def note(self, line: str) -> None:
        """Tell of something that happened."""

    def show(self, picture: Picture) -> None:
        """Show the running demo."""

    def close(self) -> None:
        """Give the terminal back."""


class PlainReporter:
    """Lines without control codes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._since = time.monotonic()
        self._said_at = self._since
        self._told_at = self._since
        self._step = ""

    def step(self, title: str) -> None:
        self._since = self._said_at = time.monotonic()
        self._step = title
        self._print(title)

    def tick(self, waits_for: str = "") -> None:
        now = time.monotonic()
        if self._step and now - self._said_at > _STILL_AFTER:
            self._said_at = now
            waits = f" ({waits_for})" if waits_for else ""
            self._print(f"{self._step} ... {now - self._since:.0f} s{waits}")

    def note(self, line: str) -> None:
        self._print(line)

    def show(self, picture: Picture) -> None:
        self._step = ""
        for line in picture.finished:
            self._print(line)
        if picture.finished:
            self._told_at = time.monotonic()
        elif time.monotonic() - self._told_at > _PLAIN_EVERY:
            self._told_at = time.monotonic()
            now = f"{picture.now:%H:%M:%S}" if picture.now else "no time yet"
            counts = picture.counts
            self._print(f"{now}  {counts.ticks} ticks, {counts.polls} polls, {counts.changes} changes so far")

    def close(self) -> None:
        """Nothing was taken."""

    def _print(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)


class LiveReporter:
    """A spinner during set-up, then one screen that is drawn anew."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._step = ""
        self._status: Status | None = None
        self._live: Live | None = None
        self._notes: deque[str] = deque(maxlen=20)

    def step(self, title: str) -> None:
        self._leave_screen()
        self._step = title
        if self._status is None:
            self._status = self.console.status(title)
            self._status.start()
        else:
            self._status.update(title)

    def tick(self, waits_for: str = "") -> None:
        """The spinner turns by itself; the words beside it are renewed."""
        if self._status is not None and waits_for:
            self._status.update(f"{self._step}: {waits_for}"[: self.console.width - 4])

    def note(self, line: str) -> None:
        self._notes.append(line)
        if self._live is None:
            self.console.print(line, markup=False)

    def show(self, picture: Picture) -> None:
        if self._live is None:
            self._end_status()
            self._live = Live(console=self.console, screen=True, auto_refresh=False)
            self._live.start()
        size = self.console.size
        self._live.update(screen(picture, self._notes, width=size.width, height=size.height), refresh=True)

    def close(self) -> None:
        self._end_status()
        self._leave_screen()

    def _end_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _leave_screen(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


@contextmanager
def reporter_for(*, plain: bool) -> Iterator[Reporter]:
    console = Console(highlight=False, no_color=plain or None, force_terminal=False if plain else None)
    live = console.is_terminal and not plain
    reporter: Reporter = LiveReporter(console) if live else PlainReporter(console)
    try:
        yield reporter
    finally:
        reporter.close()
