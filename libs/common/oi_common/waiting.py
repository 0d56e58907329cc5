"""Waiting that a stop request cuts short."""

import asyncio
from datetime import timedelta


async def wait(stop: asyncio.Event, length: timedelta) -> None:
    """Wait for `length` of real time, or until `stop` is set."""
    try:
        async with asyncio.timeout(length.total_seconds()):
            await stop.wait()
    except TimeoutError:
        return
