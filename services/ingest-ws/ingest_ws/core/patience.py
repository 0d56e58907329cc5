"""When a socket is given up, and how long to wait before the next one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Real seconds. `silence` counts pongs as life, `drought` only ticks, and only while the market trades."""

    silence: float = 30.0
    drought: float = 60.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """When something, and when a tick, was last heard (monotonic seconds)."""

    heard: float
    ticked: float


def given_up_because(pulse: Pulse, now: float, patience: Patience, *, trading: bool) -> str | None:
    """Return why the connection is dead although it is open, None while it lives."""
    if now - pulse.heard >= patience.silence:
        return "silent"
    if trading and now - pulse.ticked >= patience.drought:
        return "no_ticks"
    return None


@dataclass(frozen=True, slots=True)
class BackOff:
    """Real seconds between two connections: doubled by every failure, and never all of it at once (jitter)."""

    first: float = 1.0
    most: float = 60.0
    # The broker refuses a fourth socket, and one whose zombie predecessors it has not buried yet.
    crowded: float = 60.0
    steady: float = 30.0

    def delay(self, failures: int, chance: float, *, is_crowded: bool = False) -> float:
        """Return the wait after so many failures in a row; `chance` is in [0, 1).

        `is_crowded`: the broker has said to come back later, in so many words.
        """
        if is_crowded:
            return self.crowded * (1 + chance)
        return min(self.most, self.first * 2.0 ** min(max(failures - 1, 0), 16)) * (1 + chance) / 2
