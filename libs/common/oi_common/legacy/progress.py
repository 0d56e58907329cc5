"""How a long piece of work tells a person where it is."""

from typing import Protocol


class Progress(Protocol):
    """What whoever shows the work is told."""

    def say(self, text: str) -> None:
        """Tell one fact, once."""

    def advance(self, what: str, done: int, total: int) -> None:
        """Tell that `done` of `total` rows are through."""


class Silent:
    """Shows nothing: for programs that nobody watches."""

    def say(self, text: str) -> None:
        pass

    def advance(self, what: str, done: int, total: int) -> None:
        pass
