import asyncio
import json

import aiohttp
import pyotp
import pytest

from simulator.testing import CALL, FixedMarket, ManualClock, SimulatedExchange, moment

HEADERS = {
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-ClientLocalIP": "127.0.0.1",
    "X-ClientPublicIP": "127.0.0.1",
    "X-MACAddress": "00:00:00:00:00:00",
    "X-PrivateKey": "simulated",
    "Accept": "application/json",
}


class BrokenMarket(FixedMarket):
    """Answers until it is broken."""

    is_broken = False

    def quotes(self, wanted, at):
        if self.is_broken:
            raise RuntimeError("the market is broken")
        return super().quotes(wanted, at)


async def listening(exchange, http):
    """Log in and open a socket that has subscribed to one option."""
    account = exchange.account
    body = {
        "clientcode": account.client,
        "password": account.pin,
        "totp": pyotp.TOTP(account.totp_secret).at(moment(10)),
    }
    path = "/rest/auth/angelbroking/user/v1/loginByPassword"
    async with http.post(exchange.rest_url + path, json=body, headers=HEADERS) as reply:
        tokens = (await reply.json())["data"]
    socket_headers = {"x-client-code": account.client, "x-feed-token": tokens["feedToken"]}
    ws = await http.ws_connect(exchange.ws_url, headers=socket_headers)
    lists = [{"exchangeType": 2, "tokens": [CALL.token]}]
    await ws.send_str(json.dumps({"action": 1, "params": {"mode": 1, "tokenList": lists}}))
    assert len(await ws.receive_bytes(timeout=5)) == 51
    return ws


async def test_it_runs_in_the_tests_own_loop_and_ticks_by_the_tests_own_clock():
    clock = ManualClock(moment(10))
    async with (
        SimulatedExchange(FixedMarket(), clock) as exchange,
        aiohttp.ClientSession() as http,
    ):
        ws = await listening(exchange, http)
        await ws.receive_bytes(timeout=5)

        clock.set(moment(10, 0, 1))

        built = await ws.receive_bytes(timeout=5)
        assert int.from_bytes(built[35:43], "little") == moment(10, 0, 1).timestamp() * 1000


async def test_a_market_that_breaks_is_no_silent_feed():
    clock, market = ManualClock(moment(10)), BrokenMarket()
    exchange = SimulatedExchange(market, clock)
    await exchange.start()
    async with aiohttp.ClientSession() as http:
        ws = await listening(exchange, http)
        assert not ws.closed

        market.is_broken = True
        clock.set(moment(10, 0, 1))

        with pytest.raises(RuntimeError, match="the market is broken"):
            await asyncio.wait_for(exchange.watch(), 5)
        await ws.close()
    with pytest.raises(RuntimeError, match="the market is broken"):
        await exchange.stop()
