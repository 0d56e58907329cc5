"""Triggers that wait for the decision under way to be over: the newest leads, the others go with it."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ai_rich.core.triggers import Trigger

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Key]):
    """What one decision answers: `lead` is what it is about, `beside` is what had waited with it."""

    lead: Key
    trigger: Trigger
    beside: Mapping[Key, Trigger]


class Waiting(Generic[Key]):
    """Keys name where a trigger came from; one that comes again while it waits, or is decided upon, is the same."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Trigger] = {}
        self._taken: dict[Key, Trigger] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, key: Key, trigger: Trigger) -> None:
        if key not in self._taken:
            self._waiting[key] = trigger

    def take(self) -> Batch[Key] | None:
        """Take all that wait; None when nothing does. Of one moment, the later to come leads."""
        if not self._waiting:
            return None
        self._taken, self._waiting = self._waiting, {}
        places = {key: place for place, key in enumerate(self._taken)}
        lead = max(self._taken, key=lambda key: (self._taken[key].moment, places[key]))
        beside = {key: trigger for key, trigger in self._taken.items() if key != lead}
        return Batch(lead, self._taken[lead], beside)

    def done(self, key: Key) -> None:
        """Forget one that has been answered."""
        self._taken.pop(key, None)

    def give_back(self) -> None:
        """Let what was taken, and is not answered, wait again."""
        self._waiting = {**self._taken, **self._waiting}
        self._taken = {}
