"""Single keys from a terminal, read without waiting."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def key_presses(*, wanted: bool) -> Iterator["KeyPresses"]:
    """Read keys as they are pressed while the body runs; without a terminal there are none."""
    if not wanted or not sys.stdin.isatty():
        yield KeyPresses(None)
        return
    import termios  # noqa: PLC0415 - not on every system
    import tty  # noqa: PLC0415

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield KeyPresses(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class KeyPresses:
    """The keys pressed since the last look."""

    def __init__(self, terminal: int | None) -> None:
        self._terminal = terminal

    def since_last_look(self) -> str:
        if self._terminal is None or not select.select([self._terminal], [], [], 0)[0]:
            return ""
        try:
            return os.read(self._terminal, 64).decode(errors="ignore")
        except OSError:
            return ""
