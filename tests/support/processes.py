"""Real processes for tests: started with a log file, waited for with a deadline, always ended."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from oi_cli.demo.ports import free_ports

BIN = Path(sys.executable).parent
POLL_EVERY = 0.05
PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago, and that no outgoing connection is given."""
    return free_ports(1)[0]


def eventually(is_so: Callable[[], bool], *, within: float, what: str, every: float = POLL_EVERY) -> None:
    """Ask until the answer is yes; past the deadline, fail naming what did not come about."""
    deadline = time.monotonic() + within
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within:g} s: {what}")
        time.sleep(every)


def accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers_ok(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


@dataclass
class Process:
    """A started command and the file that holds all it wrote."""

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    popen: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the command; again, after it has ended."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self.popen.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, within: float) -> None:
        """Wait for readiness; a process that ends first, or is too slow, fails with its output."""

        def ready_or_ended() -> bool:
            return not self.is_running or is_ready()

        try:
            eventually(ready_or_ended, within=within, what=f"{self.command[0]} ready")
        except TimeoutError as e:
            raise TimeoutError(f"{e}\n{self.output[-4000:]}") from None
        if not self.is_running:
            raise RuntimeError(
                f"{self.command[0]} ended with {self.popen.returncode} before it was ready\n{self.output[-4000:]}"
            )

    def stop(self, *, within: float = 10) -> int:
        """SIGTERM, and past the deadline SIGKILL; return the exit code (negative: the signal)."""
        if self.is_running:
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """SIGKILL: the crash that nothing can prepare for."""
        if self.is_running:
            self.popen.kill()
        return self.popen.wait()


@contextmanager
def running_process(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    is_ready: Callable[[], bool] = lambda: True,
    within: float = 30,
) -> Iterator[Process]:
    """Run a command (a bare name is looked for beside Python first) for as long as the block lasts."""
    first, *rest = map(str, command)
    beside = BIN / first
    program = str(beside) if "/" not in first and beside.exists() else first
    process = Process([program, *rest], log, {**os.environ, **(environment or {})})
    try:
        process.wait_until(is_ready, within=within)
        yield process
    finally:
        process.stop()


def _die_with_parent() -> None:
    """A test run that is itself killed leaves nothing behind. Linux counts the starting thread as the parent."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
