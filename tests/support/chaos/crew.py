"""The processes of a chaotic day: kept running as compose keeps them, and disturbed on request."""

import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

from support.processes import Process

_STARTED_AGAIN_AFTER = 0.3
_ENDS_WITHIN = 20


@dataclass(slots=True)
class Member:
    """One process. `back_at` is when it is to be started again, None while it runs or is to stay away."""

    process: Process
    is_wanted: bool = True
    is_frozen: bool = False
    back_at: float | None = None
    away_until: float = 0.0
    ended_by_itself: list[int] = field(default_factory=list)
    was_ended: bool = False  # by us, so its end is no news


class Crew:
    """Everything by name. Only the main thread may call this: processes die with the thread that started them."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.deaths: Counter[str] = Counter()

    def add(self, name: str, process: Process) -> None:
        self.members[name] = Member(process)

    def look(self) -> list[str]:
        """Start again what has ended; return what there is to tell."""
        return [line for name, member in self.members.items() for line in self._look_at(name, member)]

    def kill(self, name: str, away: float = 0.0) -> bool:
        """SIGKILL; it stays away for so many seconds. False when it is not running anyway."""
        member = self.members[name]
        if not member.process.is_running:
            return False
        member.was_ended, member.is_frozen = True, False
        member.away_until = time.monotonic() + away
        member.process.kill()
        self.deaths[name] += 1
        return True

    def leave(self, name: str) -> bool:
        """SIGTERM, and it does not come back before `join`."""
        member = self.members[name]
        if member.is_frozen or not member.process.is_running:
            return False
        member.was_ended, member.is_wanted = True, False
        member.process.popen.send_signal(signal.SIGTERM)
        return True

    def join(self, name: str) -> None:
        self.members[name].is_wanted = True

    def freeze(self, name: str) -> bool:
        member = self.members[name]
        if member.is_frozen or not member.process.is_running:
            return False
        os.kill(member.process.pid, signal.SIGSTOP)
        member.is_frozen = True
        return True

    def wake(self, name: str) -> None:
        member = self.members[name]
        if member.is_frozen and member.process.is_running:
            os.kill(member.process.pid, signal.SIGCONT)
        member.is_frozen = False

    def heal(self) -> None:
        """Wake what is frozen and let everything come back."""
        for name, member in self.members.items():
            self.wake(name)
            member.is_wanted, member.away_until = True, 0.0

    def stop(self, names: list[str], within: float = _ENDS_WITHIN) -> dict[str, int]:
        """SIGTERM to all at once; return the exit codes. What does not end in time is killed."""
        for name in names:
            self.wake(name)
            self.leave(name)
        return {name: self._exit_code(name, within) for name in names}

    def _exit_code(self, name: str, within: float) -> int:
        popen = self.members[name].process.popen
        try:
            return popen.wait(within)
        except subprocess.TimeoutExpired:
            return self.members[name].process.kill()

    def _look_at(self, name: str, member: Member) -> list[str]:
        code = member.process.popen.poll()
        if code is None:
            return []
        now, said = time.monotonic(), []
        if member.back_at is None:
            if not member.was_ended:
                member.ended_by_itself.append(code)
                said = [f"{name} ended by itself with {code}"]
            member.was_ended = False
            member.back_at = now + _STARTED_AGAIN_AFTER
        if member.is_wanted and now >= max(member.back_at, member.away_until):
            member.back_at = None
            member.process.start()
        return said
