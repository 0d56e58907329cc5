"""When Redis has room for ticks: they are the first to go, so that polls are the last."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """What Redis uses and may use, in bytes; `most` is 0 where it has no limit."""

    used: int
    most: int

    @property
    def share(self) -> float:
        """How much of the limit is used; 0 where there is none."""
        return self.used / self.most if self.most else 0.0

    def __str__(self) -> str:
        return f"{self.used / _MIB:.1f} of {self.most / _MIB:.1f} MiB ({self.share:.0%})"


@dataclass(frozen=True, slots=True)
class PressurePolicy:
    """Shares of the limit, and what a tick may take at most, in bytes, with all that Redis keeps about it."""

    stops_at: float = 0.85
    never_beyond: float = 0.90  # however many ticks wait between two looks
    resumes_below: float = 0.80
    bytes_of_a_tick: int = 400


def is_pressing(memory: Memory, *, was_pressing: bool, policy: PressurePolicy) -> bool:
    """Say whether ticks are refused: from one share on, until another is left below."""
    return memory.share >= (policy.resumes_below if was_pressing else policy.stops_at)


def room_for_ticks(memory: Memory, policy: PressurePolicy) -> int | None:
    """Return how many ticks may be added until the next look; None where there is no limit.

    A full buffer that is emptied between two looks must not take the room that is kept for polls.
    """
    if not memory.most:
        return None
    free = policy.never_beyond * memory.most - memory.used
    return max(0, int(free / policy.bytes_of_a_tick))
