"""A simulated Telegram, and a chat in it."""

import pytest

from simulator.testing import FixedMarket, ManualClock, running_exchange
from support.processes import answers_ok, free_port
from support.trader import NOW, Chat, move_clock


@pytest.fixture
def exchange(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_exchange(FixedMarket(), ManualClock(NOW)) as running:
        yield running


@pytest.fixture
def chat(exchange):
    return Chat(exchange.rest_url)


@pytest.fixture
def notifier(redis_url, sqlite_url, tmp_path, running_process, exchange):
    """Start a notifier on the simulated Telegram; time stands still unless it is moved."""
    move_clock(redis_url, NOW)

    def start(**more):
        health = free_port()
        environment = {
            "REDIS_URL": redis_url, "DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path), "INDICES": "NIFTY",
            "HEALTH_PORT": str(health), "INSTANCE": "notifier-1", "NO_PROXY": "127.0.0.1", "LOG_FORMAT": "json", "ALERTS_OFF": "stale",
            **{name: value for name, value in exchange.environment("127.0.0.1").items() if "ANGEL" not in name},
            **more,
        }  # fmt: skip
        ready = f"http://127.0.0.1:{health}/readyz"
        return running_process(
            "notifier", environment=environment, is_ready=lambda: answers_ok(ready), within=120
        )

    return start
