"""What a market rule finds, and what carries it from one bucket to the next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifier.core.observed import Leaning, Observed

State = Any  # each rule's own; None at the day's begin


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule struck. `why` holds the values that made it, as they are told."""

    title: str
    leaning: Leaning
    why: Mapping[str, str] = field(default_factory=dict)


# From the rule's state, the day up to now and the rule's numbers: its state from now on, and what it found.
Step = Callable[[State, Sequence[Observed], Mapping[str, float]], tuple[State, Finding | None]]
