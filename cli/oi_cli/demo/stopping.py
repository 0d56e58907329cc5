"""The wish to end: Ctrl-C, a SIGTERM, a closed terminal."""

import signal
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(Exception):
    """The demo was asked to end before it was under way, or asked a second time."""


class Stopping:
    """Turns signals into a flag while its `with` runs; `times` is how often it was asked."""

    def __init__(self) -> None:
        self.times = 0
        self._before: dict[int, Any] = {}

    @property
    def is_asked(self) -> bool:
        return self.times > 0

    def ask(self) -> None:
        self.times += 1

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
