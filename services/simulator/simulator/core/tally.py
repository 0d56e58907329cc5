"""What the simulated exchange has seen and done, for tests and people to read."""

from collections import Counter, defaultdict, deque
from datetime import datetime
from typing import Any

from simulator.core.limits import forget_before


class Tally:
    """Counts since the start; `order_calls` must stay zero for ever."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.most_in_a_second: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.order_calls: Counter[str] = Counter()
        self.socket: Counter[str] = Counter()
        self._lately: dict[str, deque[float]] = defaultdict(deque)

    def count_request(self, endpoint: str, at: datetime) -> None:
        """Count a request, let in or not, and how many came within one second of the exchange's clock."""
        moment = at.timestamp()
        lately = self._lately[endpoint]
        forget_before(lately, moment - 1)
        lately.append(moment)
        self.requests[endpoint] += 1
        self.most_in_a_second[endpoint] = max(self.most_in_a_second[endpoint], len(lately))

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "most_in_a_second": dict(self.most_in_a_second),
            "refused": dict(self.refused),
            "refused_total": self.refused.total(),
            "faults": dict(self.faults),
            "socket": dict(self.socket),
            "order_calls": self.order_calls.total(),
            "order_paths": dict(self.order_calls),
        }
