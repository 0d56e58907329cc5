"""Single keys from a terminal, read without waiting."""

import os
import select
import sys
import time
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


_ESCAPES = {"\x1b[C": "n", "\x1b[B": "n", "\x1bOC": "n", "\x1bOB": "n"}
_ESCAPES |= {"\x1b[D": "p", "\x1b[A": "p", "\x1bOD": "p", "\x1bOA": "p"}


def named_keys(typed: str) -> str:
    """Return one letter for each key: arrows are the letters that do the same, the space is `n`."""
    for sequence, letter in _ESCAPES.items():
        typed = typed.replace(sequence, letter)
    return typed.replace(" ", "n").lower()


class KeyPresses:
    """The keys pressed since the last look."""

    def __init__(self, terminal: int | None) -> None:
        self._terminal = terminal

    def since_last_look(self) -> str:
        return self.within(0)

    def within(self, seconds: float) -> str:
        """Wait so long at most, and return what was pressed; without a terminal nothing ever is."""
        if self._terminal is None:
            time.sleep(seconds)
            return ""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return ""
        try:
            return named_keys(os.read(self._terminal, 64).decode(errors="ignore"))
        except OSError:
            return ""
