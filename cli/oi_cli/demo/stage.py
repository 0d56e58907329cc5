"""What every phase of a demo works with, and the short moment that keeps everything going meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from oi_cli.demo.hold import TimeHold
from oi_cli.demo.plan import Plan, Site
from oi_cli.demo.reporters import Reporter
from oi_cli.demo.stopping import Interrupted, Stopping
from oi_cli.demo.supervisor import Supervisor
from oi_cli.exits import Failed
from oi_cli.streams import Streams

_MOMENT = 0.05


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo's parts."""

    plan: Plan
    site: Site
    supervisor: Supervisor
    streams: Streams
    hold: TimeHold
    reporter: Reporter
    stopping: Stopping

    def moment(self, waits_for: str = "") -> None:
        """Let a moment pass: processes are kept running, time is kept held, the person sees life."""
        for line in self.supervisor.look():
            self.reporter.note(line)
        self.hold.renew()
        self.reporter.tick(waits_for)
        time.sleep(_MOMENT)

    def wait_until(self, waits_for: Callable[[], str | None], *, within: float, what: str) -> None:
        """Let moments pass until `waits_for` names nothing any more.

        Raises Failed past the deadline, Interrupted when the demo is asked to end.
        """
        deadline = time.monotonic() + within
        while (waiting := waits_for()) is not None:
            if self.stopping.is_asked:
                raise Interrupted(f"stopped while waiting for {what}")
            if time.monotonic() > deadline:
                raise Failed(
                    f"{what} is not ready after {within:.0f} s ({waiting}); its log is in {self.site.logs}"
                )
            self.moment(f"{what}: {waiting}")
