"""When nobody is to be woken."""

from dataclasses import dataclass
from datetime import datetime, time

from oi_common.market.buckets import wall_time


@dataclass(frozen=True, slots=True)
class SilentHours:
    """From `begins` to `ends`, IST, over midnight where it begins later; none when they are equal."""

    begins: time
    ends: time

    def hold(self, at: datetime) -> bool:
        now = wall_time(at).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends
