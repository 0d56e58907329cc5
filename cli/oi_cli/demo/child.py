"""One process of the demo: started with a log file, never outliving us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and where what it says goes."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    def last_lines(self) -> list[str]:
        try:
            return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        except OSError:
            return []


class Child:
    """A running program. The kernel kills it when we end, whichever way we end (Linux)."""

    def __init__(self, program: Program) -> None:
        self.program = program
        us = os.getpid()
        with program.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own console commands
                program.command,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.log.parent,
                start_new_session=True,  # the terminal's Ctrl-C is ours to pass on, in the right order
                preexec_fn=lambda: _die_with(us),  # noqa: PLW1509 - two system calls, and we have one thread
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Return how it ended (negative: by which signal), None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        if self.exit_code is None:
            self._process.terminate()

    def kill(self) -> None:
        if self.exit_code is None:
            self._process.kill()
        self._process.wait()


def _die_with(parent: int) -> None:
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before we asked
        os.kill(os.getpid(), signal.SIGKILL)
