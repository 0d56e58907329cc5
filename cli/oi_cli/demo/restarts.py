"""When a process that died is started again, and when that is given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from oi_common.errors import EXIT_MISCONFIGURED


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """`deaths` within `within` are too many. The pauses grow with the deaths that are not forgotten yet."""

    deaths: int = 5
    within: timedelta = timedelta(seconds=30)
    pauses: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0)

    def recent(self, died_at: Sequence[float], now: float) -> tuple[float, ...]:
        return tuple(at for at in died_at if now - at <= self.within.total_seconds())

    def gives_up(self, died_at: Sequence[float], now: float, exit_code: int) -> bool:
        return exit_code == EXIT_MISCONFIGURED or len(self.recent(died_at, now)) >= self.deaths

    def pause(self, died_at: Sequence[float], now: float) -> float:
        """Return the seconds to wait after the latest death."""
        earlier = max(len(self.recent(died_at, now)) - 1, 0)
        return self.pauses[min(earlier, len(self.pauses) - 1)]
