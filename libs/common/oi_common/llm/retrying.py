"""Whether the same model is asked again after a failure, and when."""

from dataclasses import dataclass
from typing import Final

from oi_common.llm.replies import Because, Failure

_PASSING: Final[frozenset[Because]] = frozenset({"rate_limited", "server_error", "network"})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds; `attempts` counts the first request, too. A timeout is not repeated: it has used up its time."""

    attempts: int = 3
    first_pause: float = 0.25
    pause_when_limited: float = 1.0


def pause_before_retry(failure: Failure, attempt: int, remaining: float, policy: RetryPolicy) -> float | None:
    """Return the seconds to wait before asking the same model again; None: go on to the next model.

    `attempt` counts from 1; `remaining` is what is left of the caller's time, and is never exceeded.
    """
    if failure.because not in _PASSING or attempt >= policy.attempts:
        return None
    first = policy.pause_when_limited if failure.because == "rate_limited" else policy.first_pause
    pause = first * 2 ** (attempt - 1)
    if failure.retry_after is not None:
        pause = max(failure.retry_after, policy.first_pause)
    return pause if pause < remaining else None
