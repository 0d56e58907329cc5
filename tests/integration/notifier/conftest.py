"""A simulated Telegram, and a chat in it."""

import pytest

from simulator.testing import FixedMarket, ManualClock, running_exchange
from support.trader import NOW, Chat


@pytest.fixture
def exchange(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_exchange(FixedMarket(), ManualClock(NOW)) as running:
        yield running


@pytest.fixture
def chat(exchange):
    return Chat(exchange.rest_url)
