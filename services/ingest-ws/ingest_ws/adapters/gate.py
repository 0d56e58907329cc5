"""How many ticks may go out: set by the look at Redis' memory, asked by the publisher thread."""


class TickGate:
    """Open without limit until it is told otherwise."""

    def __init__(self) -> None:
        self.is_closed = False
        self._room: int | None = None

    @property
    def holds_back(self) -> bool:
        """Nothing may pass now."""
        return self._room == 0

    def close(self) -> None:
        self.is_closed, self._room = True, 0

    def open(self, room: int | None) -> None:
        """Let as many ticks pass until the next look; None is any number."""
        self.is_closed, self._room = False, room

    def admitted(self, wanted: int) -> int:
        """Return how many of the wanted ticks may pass, and count them off."""
        room = self._room
        if room is None:
            return wanted
        passing = min(wanted, room)
        self._room = room - passing
        return passing
