"""Demos as real processes, started, disturbed and looked into by the tests."""

import os
import pty
import re
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from support.processes import BIN, eventually

SERVICES = (
    "redis", "simulator", "ingest-ws", "poller", "bucketer", "ai-minimal", "ai-rich", "paper-trader", "notifier",
    "dashboard",
)  # fmt: skip
RECORDER = ["record", "--follow"]
STARTS_WITHIN = 180
ENDS_WITHIN = 300


@dataclass
class Demo:
    """A running `oi demo` whose folder is kept."""

    arguments: tuple[str, ...]
    folder: Path
    terminal: int | None = None
    path: str = os.environ["PATH"]
    popen: subprocess.Popen = field(init=False)
    seen: dict[int, str] = field(default_factory=dict)

    def __post_init__(self):
        self.out = self.folder.parent / f"{self.folder.name}.out"
        with self.out.open("wb") as out:
            said = self.terminal if self.terminal is not None else out
            self.popen = subprocess.Popen(
                [BIN / "oi", "demo", "--keep", self.folder, *self.arguments],
                stdin=self.terminal if self.terminal is not None else subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                env={
                    **os.environ,
                    "PATH": self.path,
                    "TERM": "xterm-256color",
                    "COLUMNS": "100",
                    "LINES": "30",
                },
            )

    @property
    def output(self):
        return self.out.read_text(errors="replace")

    def processes(self):
        """Return name -> pid of the processes it runs now; all it ever had are remembered."""
        found = {}
        try:
            children = psutil.Process(self.popen.pid).children()
        except psutil.NoSuchProcess:
            return found
        for child in children:
            try:
                name = named(child.cmdline())
            except psutil.NoSuchProcess:
                continue
            if name is not None:
                found[name] = child.pid
                self.seen[child.pid] = name
        return found

    def wait_for_output(self, text, *, within=STARTS_WITHIN, times=1):
        def is_said():
            return self.output.count(text) >= times or self.popen.poll() is not None

        eventually(is_said, within=within, what=f"{text!r} in the output:\n{self.output[-3000:]}")
        assert self.output.count(text) >= times, self.output[-4000:]

    def wait_until_it_runs(self):
        """Wait until the market is open and buckets are being saved."""
        eventually(
            lambda: self.count("SELECT count(*) FROM chain_buckets WHERE reason IS NOT NULL") > 0,
            within=STARTS_WITHIN,
            what="a saved bucket",
        )
        self.processes()

    def kill(self, name):
        """SIGKILL one of its processes, and wait for the next one of that name."""
        pid = self.processes()[name]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.processes().get(name, pid) != pid, within=90, what=f"{name} is started again")

    def ask(self, number):
        self.popen.send_signal(number)

    def end(self, within=ENDS_WITHIN):
        """Wait for its end and return the exit code."""
        self.processes()
        return self.popen.wait(within)

    def left_behind(self):
        """Return the processes of it that still run."""
        return {pid: name for pid, name in self.seen.items() if is_alive(pid)}

    def count(self, statement):
        file = self.folder / "oi.db"
        if not file.exists():
            return 0
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
            try:
                return database.execute(statement).fetchone()[0]
            except sqlite3.OperationalError:
                return 0

    def table(self, name, *, without=()):
        """Return a table's rows in the order of its key, but for some columns."""
        with closing(sqlite3.connect(self.folder / "oi.db")) as database:
            database.row_factory = sqlite3.Row
            columns = [row["name"] for row in database.execute(f"PRAGMA table_info({name})")]
            chosen = ", ".join(f'"{column}"' for column in columns if column not in without)
            rows = database.execute(f"SELECT {chosen} FROM {name} ORDER BY {chosen}")
            return [dict(row) for row in rows]

    def restarts(self):
        told = re.search(r"restarts: (.*)", self.output)
        return dict(re.findall(r"([\w-]+) (\d+)", told.group(1))) if told else None

    def destroy(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for pid in self.left_behind():
            os.kill(pid, signal.SIGKILL)


def named(command):
    """Return which of a demo's processes a command line is of, None for any other."""
    if command[2:] == RECORDER:
        return "recorder"
    return next((name for name in SERVICES if name in " ".join(command[:2])), None)


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def start_demo(tmp_path_factory):
    """Start a demo: start_demo("--speed", "max", …); whatever is left of it at the end is killed.

    With `bundled_redis` it uses the Redis of the virtual environment, the oldest that is supported.
    """
    demos = []

    def start(*arguments, terminal=None, bundled_redis=False):
        plain = () if terminal is not None else ("--plain",)
        folder = tmp_path_factory.mktemp("demo") / "kept"
        path = os.pathsep.join([*([str(BIN)] if bundled_redis else []), os.environ["PATH"]])
        demos.append(Demo((*plain, *arguments), folder, terminal, path))
        return demos[-1]

    yield start
    for demo in demos:
        demo.destroy()


@pytest.fixture
def terminal():
    """(our end, its end) of a pseudo-terminal."""
    ours, its = pty.openpty()
    yield ours, its
    for end in (ours, its):
        with suppress(OSError):  # the test may have closed it
            os.close(end)
