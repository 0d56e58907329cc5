"""What the processes of a demo need as it goes on: memory, open files, connections, and what it keeps on disk."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

MEGABYTE = 1_000_000
_AWAY = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


@dataclass(frozen=True, slots=True)
class Need:
    """Of one process at one moment: bytes of memory that are its own, open files and connections."""

    memory: int
    files: int
    connections: int


@dataclass
class Watch:
    """Looks at a process and all that it has started; a service is named by its command."""

    root: psutil.Process
    folder: Path
    began: float = field(default_factory=time.monotonic)
    looks: list[tuple[float, dict[str, Need]]] = field(default_factory=list)
    disk: list[tuple[float, int]] = field(default_factory=list)

    def look(self) -> None:
        now = time.monotonic() - self.began
        found: dict[str, Need] = {}
        for process in self.root.children(recursive=True):
            try:
                with process.oneshot():
                    found[_named(process)] = Need(
                        process.memory_info().rss, process.num_fds(), len(process.net_connections())
                    )
            except _AWAY:
                continue
        self.looks.append((now, found))
        self.disk.append((now, sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())))

    def at(self, share: float) -> dict[str, Need]:
        """Return what was seen when so much of the time had passed (0 to 1)."""
        end = self.looks[-1][0]
        return min(self.looks, key=lambda look: abs(look[0] - share * end))[1]

    def table(self, shares: tuple[float, ...] = (0.25, 0.5, 0.75, 0.95)) -> str:
        """Return a line for each service: megabytes, files and connections as the time passes."""
        seen = [self.at(share) for share in shares]
        names = sorted(set.intersection(*(set(each) for each in seen)))
        head = f"{'':<14}" + "".join(f"{share:>26.0%}" for share in shares)
        lines = [
            f"{name:<14}"
            + "".join(
                f"{each[name].memory / MEGABYTE:>13.0f} MB{each[name].files:>5} f{each[name].connections:>3} c"
                for each in seen
            )
            for name in names
        ]
        return "\n".join([head, *lines, f"disk at the end: {self.disk[-1][1] / MEGABYTE:.0f} MB"])

    def growth(self, since: float = 0.5, until: float = 0.95) -> dict[str, float]:
        """Return by which share each service's memory grew between two moments."""
        before, after = self.at(since), self.at(until)
        return {name: after[name].memory / before[name].memory - 1 for name in before.keys() & after.keys()}


def _named(process: psutil.Process) -> str:
    command = process.cmdline()
    script = command[1] if len(command) > 1 and "python" in Path(command[0]).name else command[0]
    return Path(script.split()[0]).name
