"""Waiting that a stop request cuts short."""

import asyncio
from datetime import datetime, timedelta

from oi_common.clock import Clock


async def wait(stop: asyncio.Event, length: timedelta) -> None:
    """Wait for `length` of real time, or until `stop` is set."""
    try:
        async with asyncio.timeout(length.total_seconds()):
            await stop.wait()
    except TimeoutError:
        return


async def reached(clock: Clock, moment: datetime, stop: asyncio.Event) -> bool:
    """Wait until the clock shows `moment`, or until `stop` is set; say whether it was the moment."""
    asleep, stopping = asyncio.create_task(clock.sleep_until(moment)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({asleep, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if asleep.done():
            await asleep
        return asleep.done() and not stop.is_set()
    finally:
        for task in (asleep, stopping):
            task.cancel()
        await asyncio.gather(asleep, stopping, return_exceptions=True)
