"""A model server (the simulator's) with its switches, and the loop's metrics."""

import threading
import time

import httpx
import pytest
from prometheus_client import REGISTRY

_NAP = 0.02
_STALLED = 0.5  # seconds of a stalled machine that excuse one late beat


@pytest.fixture
def model_server(exchange, switch):
    """The simulator's chat endpoint: (base URL, switch faults, what it has seen)."""

    def seen():
        return httpx.get(f"{exchange.rest_url}/simulator/stats").json()["llm"]

    return f"{exchange.rest_url}/llm/v1", switch, seen


@pytest.fixture
def counted():
    """What a counter of NIFTY has grown by since the test began."""

    def value(name):
        return REGISTRY.get_sample_value(f"{name}_total", {"index_name": "NIFTY"}) or 0.0

    names = (
        "oi_ai_minimal_beats",
        "oi_ai_minimal_beats_late",
        "oi_ai_minimal_beats_skipped",
        "oi_ai_minimal_asked",
    )
    before = {name: value(name) for name in names}
    return lambda name: value(name) - before[name]


@pytest.fixture
def stalled():
    """How many seconds this machine has kept a thread waiting that asked for the processor again and again."""
    over = threading.Event()
    waits = [0.0]

    def watch():
        while not over.is_set():
            began = time.monotonic()
            time.sleep(_NAP)
            waits[0] += time.monotonic() - began - _NAP

    thread = threading.Thread(target=watch)
    thread.start()
    yield lambda: waits[0]
    over.set()
    thread.join()


@pytest.fixture
def in_time(counted, stalled):
    """Say whether every beat was in time, as far as the machine let it."""

    def is_so():
        late, skipped = counted("oi_ai_minimal_beats_late"), counted("oi_ai_minimal_beats_skipped")
        return late + skipped <= int(stalled() / _STALLED)

    return is_so
