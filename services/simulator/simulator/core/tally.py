"""What the simulated exchange has seen and done, for tests and people to read."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simulator.core.limits import forget_before


class Rush:
    """The most that came within any `width` seconds, by name: a sliding window, as the limits have it."""

    def __init__(self, width: float) -> None:
        self.most: Counter[str] = Counter()
        self._width = width
        self._lately: dict[str, deque[float]] = defaultdict(deque)

    def count(self, name: str, moment: float) -> None:
        lately = self._lately[name]
        forget_before(lately, moment - self._width)
        lately.append(moment)
        self.most[name] = max(self.most[name], len(lately))


class Tally:
    """Counts since the start; `order_calls` must stay zero for ever.

    `refused` are all answers of 403, `refused_by_limiter` those that the rate limits caused and no switch.
    `chains_asked` counts the FULL quote requests that came for a chain, `chains_answered` those whose right answer
    went out with every contract of it that was asked for, `answered_at` when those were asked.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.refused_by_limiter: Counter[str] = Counter()
        self.chains_asked: Counter[str] = Counter()
        self.chains_answered: Counter[str] = Counter()
        self.answered_at: defaultdict[str, list[datetime]] = defaultdict(list)
        self.faults: Counter[str] = Counter()
        self.order_calls: Counter[str] = Counter()
        self.socket: Counter[str] = Counter()
        self.chat: Counter[str] = Counter()  # calls and tokens of the model server, and how each call ended
        self._seconds, self._minutes = Rush(1.0), Rush(60.0)

    @property
    def most_in_a_second(self) -> Counter[str]:
        return self._seconds.most

    @property
    def most_in_a_minute(self) -> Counter[str]:
        return self._minutes.most

    def count_request(self, endpoint: str, at: datetime, quota: str | None = None) -> None:
        """Count a request, let in or not, by the exchange's clock; a quota several endpoints share counts, too."""
        self.requests[endpoint] += 1
        moment = at.timestamp()
        for name in {endpoint, quota or endpoint}:
            self._seconds.count(name, moment)
            self._minutes.count(name, moment)

    def count_answer(self, chains: Iterable[str], asked_at: datetime | None) -> None:
        """Count an answer that has gone out, for each chain it tells of in full."""
        for chain in chains:
            self.chains_answered[chain] += 1
            if asked_at is not None:
                self.answered_at[chain].append(asked_at)

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "most_in_a_second": dict(self.most_in_a_second),
            "most_in_a_minute": dict(self.most_in_a_minute),
            "refused": dict(self.refused),
            "refused_total": self.refused.total(),
            "refused_by_limiter": dict(self.refused_by_limiter),
            "refused_by_fault": dict(self.refused - self.refused_by_limiter),
            "chains_asked": dict(self.chains_asked),
            "chains_answered": dict(self.chains_answered),
            "answered_at": {chain: [at.isoformat() for at in of] for chain, of in self.answered_at.items()},
            "faults": dict(self.faults),
            "socket": dict(self.socket),
            "llm": dict(self.chat),
            "order_calls": self.order_calls.total(),
            "order_paths": dict(self.order_calls),
        }
