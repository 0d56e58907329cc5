"""The stock client, unmodified, aimed at a simulated exchange that runs in a thread."""

import os
import threading
import time
from types import SimpleNamespace
from unittest.mock import patch

import pyotp
import pytest
import requests

from simulator.testing import FixedMarket, ManualClock, Serving, moment, running_exchange


def _import_stock_client():
    """Import smartapi-python without letting it ask api.ipify.org, which it does in a class body."""
    with patch.object(requests, "get", lambda *_args, **_kwargs: SimpleNamespace(text="127.0.0.1")):
        from SmartApi import SmartConnect  # noqa: PLC0415
        from SmartApi.smartWebSocketV2 import SmartWebSocketV2  # noqa: PLC0415
    return SmartConnect, SmartWebSocketV2


SmartConnect, SmartWebSocketV2 = _import_stock_client()


@pytest.fixture(autouse=True)
def beside_its_logs(tmp_path, monkeypatch):
    """The client writes `logs/` into the working directory, and must not meet a proxy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")


@pytest.fixture
def clock():
    return ManualClock(moment(10))


@pytest.fixture
def market():
    return FixedMarket()


@pytest.fixture
def serving():
    return Serving()


@pytest.fixture
def exchange(market, clock, serving):
    with running_exchange(market, clock, serving=serving) as running:
        yield running


@pytest.fixture
def client(exchange, monkeypatch):
    """The stock REST client, not yet logged in."""
    monkeypatch.setattr(SmartConnect, "_rootUrl", exchange.rest_url)
    return SmartConnect(api_key=exchange.account.api_key, root=exchange.rest_url)


@pytest.fixture
def log_in(client, exchange):
    def attempt(*, pin=None, totp=None):
        account = exchange.account
        code = totp or pyotp.TOTP(account.totp_secret).now()
        return client.generateSession(account.client, pin or account.pin, code)

    return attempt


@pytest.fixture
def session(client, log_in, clock):
    """The stock REST client, logged in, with its quotas free again."""
    log_in()
    clock.set(moment(10, 1))
    return client


@pytest.fixture
def switch(exchange):
    """Turn faults at run time, over the control plane."""

    def turn(**faults):
        reply = requests.post(f"{exchange.rest_url}/simulator/faults", json=faults, timeout=20)
        assert reply.status_code == 200, reply.text

    return turn


@pytest.fixture
def stats(exchange):
    return lambda: requests.get(f"{exchange.rest_url}/simulator/stats", timeout=20).json()


def eventually(condition, within=20.0):
    """Return what `condition` returns once it is true."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
    return result


@pytest.fixture
def until():
    return eventually


@pytest.fixture
def stock_socket(session, exchange, switch, monkeypatch):
    """Open stock market sockets in threads; each keeps what it heard in `ticks` and `errors`."""
    monkeypatch.setattr(SmartWebSocketV2, "ROOT_URI", exchange.ws_url)
    monkeypatch.setattr(SmartWebSocketV2, "input_request_dict", {})
    opened = []

    def connect(**changes):
        stock = SmartWebSocketV2(
            changes.get("auth_token", f"Bearer {session.access_token}"),
            changes.get("api_key", exchange.account.api_key),
            changes.get("client_code", exchange.account.client),
            changes.get("feed_token", session.feed_token),
            max_retry_attempt=0,
            retry_delay=0,
        )
        stock.ticks, stock.errors, is_open = [], [], threading.Event()
        stock.on_open = lambda _ws: is_open.set()
        stock.on_data = lambda _ws, tick: stock.ticks.append(tick)
        stock.on_error = lambda *error: stock.errors.append(error)
        stock.on_close = lambda _ws: None
        thread = threading.Thread(target=stock.connect, daemon=True)
        thread.start()
        opened.append((stock, thread))
        stock.is_over = lambda: not thread.is_alive()
        eventually(lambda: is_open.is_set() or stock.errors or not thread.is_alive())
        return stock

    yield connect
    # Closed from here the client would sit in its select for up to ten seconds.
    switch(ws_close=True)
    for _, thread in opened:
        thread.join(20)
