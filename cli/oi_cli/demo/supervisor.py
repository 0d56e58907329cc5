"""Keeps the demo's processes running, and ends them all."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from oi_cli.demo.child import Child, Program
from oi_cli.demo.restarts import RestartPolicy
from oi_cli.exits import Failed

_ENDS_WITHIN = 10.0
_LOOKS_EVERY = 0.05


@dataclass(slots=True)
class _Kept:
    program: Program
    child: Child | None
    died_at: list[float] = field(default_factory=list)
    restart_at: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """How one process is; `pid` is None while it is down."""

    name: str
    pid: int | None
    restarts: int


class Supervisor:
    """Starts programs, starts them again when they die, and leaves none behind."""

    def __init__(
        self,
        policy: RestartPolicy | None = None,
        *,
        start: Callable[[Program], Child] = Child,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._policy = policy or RestartPolicy()
        self._start = start
        self._monotonic = monotonic
        self._sleep = sleep
        self._kept: dict[str, _Kept] = {}
        self.restarts: Counter[str] = Counter()  # also of those that were stopped since

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(tuple(self._kept))

    def start(self, program: Program) -> None:
        self._kept[program.name] = _Kept(program, self._start(program))

    def look(self) -> list[str]:
        """Start again what died; return a line for each death and each new start.

        Raises Failed, with the process's last words, when one keeps dying.
        """
        return [line for kept in self._kept.values() for line in self._look_at(kept)]

    def conditions(self) -> tuple[Condition, ...]:
        return tuple(
            Condition(name, kept.child.pid if kept.child is not None else None, self.restarts[name])
            for name, kept in self._kept.items()
        )

    def stop(self, names: Iterable[str], *, within: float = _ENDS_WITHIN) -> None:
        """End the named processes: asked first, all at once, and past the deadline killed."""
        chosen = [kept for name in names if (kept := self._kept.pop(name, None)) is not None]
        children = [kept.child for kept in chosen if kept.child is not None]
        try:
            for child in children:
                child.terminate()
            deadline = self._monotonic() + within
            while any(child.exit_code is None for child in children) and self._monotonic() < deadline:
                self._sleep(_LOOKS_EVERY)
        finally:
            for child in children:
                child.kill()

    def _look_at(self, kept: _Kept) -> Iterable[str]:
        name, now = kept.program.name, self._monotonic()
        if kept.child is not None and (code := kept.child.exit_code) is not None:
            kept.child = None
            kept.died_at.append(now)
            if self._policy.gives_up(kept.died_at, now, code):
                raise Failed(last_words(kept.program, code, len(self._policy.recent(kept.died_at, now))))
            kept.restart_at = now + self._policy.pause(kept.died_at, now)
            yield f"{name} ended ({said(code)}); it is started again"
        if kept.child is None and kept.restart_at is not None and now >= kept.restart_at:
            kept.child, kept.restart_at = self._start(kept.program), None
            self.restarts[name] += 1
            yield f"{name} runs again (pid {kept.child.pid})"


def said(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def last_words(program: Program, code: int, deaths: int) -> str:
    times = f"; it died {deaths} times in a row" if deaths > 1 else ""
    lines = "\n".join(f"  | {line}" for line in program.last_lines())
    return f"{program.name} cannot run ({said(code)}){times}. Its last words, from {program.log}:\n{lines}"
