"""The simulated exchange, which is a model server, too, and its switches."""

import httpx
import pytest

from simulator.testing import FixedMarket, ManualClock, moment, running_exchange


@pytest.fixture
def exchange():
    with running_exchange(FixedMarket(), ManualClock(moment(10))) as running:
        yield running


@pytest.fixture
def switch(exchange):
    """Turn faults over the control plane."""

    def turn(**faults):
        reply = httpx.post(f"{exchange.rest_url}/simulator/faults", json=faults)
        assert reply.status_code == 200, reply.text

    return turn
