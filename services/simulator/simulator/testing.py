"""The simulated exchange for tests: run in a thread of its own, in front of any market, at a time the test sets."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.adapters.server import Ports, Serving, SimulatedExchange
from simulator.adapters.times import ManualClock
from simulator.core.market import Market
from simulator.handlers import Clock, Rules

__all__ = ["ManualClock", "Ports", "Rules", "Serving", "SimulatedExchange", "running_exchange"]

_STARTS_WITHIN = 10.0


@contextmanager
def running_exchange(
    market: Market,
    clock: Clock,
    *,
    rules: Rules | None = None,
    ports: Ports | None = None,
    serving: Serving | None = None,
) -> Iterator[SimulatedExchange]:
    """Run an exchange in a thread while the body runs; for clients that block."""
    server = SimulatedExchange(market, clock, rules, ports, serving)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated-exchange", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(_STARTS_WITHIN)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(_STARTS_WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_STARTS_WITHIN)
        loop.close()
