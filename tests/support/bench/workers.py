"""Processes of a measurement: started, asked line by line, ended."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Worker:
    """A process that answers each line of JSON it is sent with one."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self._popen = popen

    def ask(self, **question: Any) -> Any:
        self.tell(**question)
        return self.answer()

    def tell(self, **question: Any) -> None:
        """Ask, and come for the answer later."""
        assert self._popen.stdin
        self._popen.stdin.write(f"{json.dumps(question)}\n")
        self._popen.stdin.flush()

    def answer(self) -> Any:
        """Return the next thing that it says. Raises RuntimeError when it has ended instead."""
        assert self._popen.stdout
        line = self._popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._popen.args!r} ended with {self._popen.wait(10)}")
        return json.loads(line) if line.strip() != "ready" else None


@contextmanager
def worker(script: str, *arguments: object, python: str = sys.executable) -> Iterator[Worker]:
    """Run a script of this folder for as long as the block lasts; it says `ready` or something first."""
    popen = subprocess.Popen(
        [python, "-W", "ignore", str(HERE / script), *(str(each) for each in arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    started = Worker(popen)
    try:
        started.answer()
        yield started
    finally:
        popen.kill()
        popen.wait(10)
