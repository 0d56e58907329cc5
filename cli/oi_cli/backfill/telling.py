"""Telling of a repair while it is made: a bar for each index in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from oi_cli.backfill.waiting import Reports, Teller
from oi_common.backfill import Progress as Report

_SAYS_EVERY: Final = 5.0


class PlainTeller:
    """A line whenever a day comes to another state, and every few seconds while the broker is asked."""

    def __init__(self, console: Console, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._monotonic = monotonic
        self._states: dict[tuple[str, date], str] = {}
        self._asking_told_at: dict[str, float] = {}
        self._waits: set[str] = set()

    def show(self, reports: Reports, is_taken: Mapping[str, bool]) -> None:
        for (underlying, day), report in sorted(reports.items()):
            self._tell(underlying, day, report)
        for underlying, taken in is_taken.items():
            if underlying not in self._waits and not taken and _is_published(underlying, reports):
                self._waits.add(underlying)
                self._say(f"{underlying}: the bucketer takes it up")

    def _tell(self, underlying: str, day: date, report: Report) -> None:
        if report.state == "fetching":
            self._tell_questions(underlying, report)
        elif self._states.get((underlying, day)) != report.state:
            self._say(f"{underlying} {day:%a %d %b %Y}: {said(report)}")
        self._states[underlying, day] = report.state

    def _tell_questions(self, underlying: str, report: Report) -> None:
        """Say how many questions are answered: they are of all days of the underlying."""
        now = self._monotonic()
        if now - self._asking_told_at.get(underlying, -_SAYS_EVERY) >= _SAYS_EVERY:
            self._asking_told_at[underlying] = now
            self._say(f"{underlying}: {said(report)}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


class BarTeller:
    """A bar for each index: the requests to the broker that are answered."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def show(self, reports: Reports, is_taken: Mapping[str, bool]) -> None:
        for underlying in is_taken:
            if underlying not in self._bars:
                self._bars[underlying] = self._progress.add_task("", total=None)
            of_it = [report for (name, _), report in sorted(reports.items()) if name == underlying]
            questions = max((report.questions for report in of_it), default=0)
            self._progress.update(
                self._bars[underlying],
                description=f"{underlying}: {_step(of_it, is_taken=is_taken[underlying])}",
                total=questions or None,
                completed=max((report.answered for report in of_it), default=0),
            )


def said(report: Report) -> str:
    """Say how far the repair of one day is."""
    told = f"{report.told} of {report.holes} buckets and {report.candles} candles told"
    why = f" ({report.why})" if report.why else ""
    match report.state:
        case "waiting":
            return "waiting until the bucketer has handled everything before"
        case "fetching":
            return f"{report.answered} of {report.questions} questions answered"
        case "published":
            return told + why
        case "failed":
            return f"failed{why}; {told}"


@contextmanager
def telling(console: Console) -> Iterator[Teller]:
    if not console.is_terminal:
        yield PlainTeller(console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        yield BarTeller(progress)


def _step(of_it: list[Report], *, is_taken: bool) -> str:
    if is_taken:
        return "done"
    states = {report.state for report in of_it}
    if "fetching" in states:
        return "the broker is asked"
    if states and all(report.is_final for report in of_it):
        return "the bucketer takes it up"
    return "waiting for the bucketer" if "waiting" in states else "waiting for the poller"


def _is_published(underlying: str, reports: Reports) -> bool:
    of_it = [report for (name, _), report in reports.items() if name == underlying]
    return bool(of_it) and all(report.is_final for report in of_it)
