"""A circuit breaker: after several failures in a row nobody is asked for a while, then one is tried."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a circuit opens, and for how long; each failed trial doubles the rest, up to `longest`."""

    failures: int = 5
    rest: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)
    trial: timedelta = timedelta(minutes=2)  # a trial that never came back no longer counts after this


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of one circuit. Open until `opens_until`; from then on half open, for one trial at a time."""

    failed: int = 0
    opened: int = 0
    opens_until: datetime | None = None
    tried_at: datetime | None = None

    def state(self, at: datetime) -> Literal["closed", "open", "half_open"]:
        if self.opens_until is None:
            return "closed"
        return "open" if at < self.opens_until else "half_open"

    def asked(self, at: datetime, policy: BreakerPolicy) -> tuple["Circuit", bool]:
        """Return the circuit after somebody asks to pass, and whether they may."""
        state = self.state(at)
        if state == "half_open" and (self.tried_at is None or at >= self.tried_at + policy.trial):
            return replace(self, tried_at=at), True
        return self, state == "closed"

    def untried(self) -> "Circuit":
        """Return the circuit after a trial that was not made: the next one may be."""
        return replace(self, tried_at=None)

    def succeeded(self) -> "Circuit":
        return Circuit()

    def failing(self, at: datetime, policy: BreakerPolicy) -> "Circuit":
        """Return the circuit after a failure; those that were under way when it opened change nothing."""
        state = self.state(at)
        failed = self.failed + 1
        if state == "open" or (state == "closed" and failed < policy.failures):
            return replace(self, failed=failed)
        rest = min(policy.rest * 2 ** min(self.opened, 20), policy.longest)
        return Circuit(failed, self.opened + 1, at + rest)
