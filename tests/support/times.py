"""A clock for tests: it shows what it was set to, and sleeping sets it."""

import asyncio
from datetime import datetime, timedelta


class SteppingClock:
    """Time passes only by sleeping, at once; `slept` holds every moment that was slept to."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.slept: list[datetime] = []

    def now(self) -> datetime:
        return self.at

    def advance(self, length: timedelta) -> None:
        self.at += length

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(0)
        if moment > self.at:
            self.slept.append(moment)
            self.at = moment
