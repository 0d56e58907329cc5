"""What the exchange says about itself: the rush of requests, who refused them, and which chains were told."""

import json
from datetime import timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from simulator.core.tally import Tally
from simulator.handlers import Exchange, Request, Rules
from simulator.testing import CALL, FUTURE, NIFTY, PUT, FixedMarket, ManualClock, moment

CHAIN = "NIFTY 2026-11-24"
HEADERS = {
    "Content-type": "application/json",
    "Accept": "application/json",
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-ClientLocalIP": "127.0.0.1",
    "X-ClientPublicIP": "127.0.0.1",
    "X-MACAddress": "00:00:00:00:00:00",
    "X-PrivateKey": "simulated",
}


def later(seconds):
    return moment(10) + timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return ManualClock(moment(10))


@pytest.fixture
def exchange(clock):
    return Exchange(FixedMarket(), clock, lambda: moment(3), Rules())


@pytest.fixture
def ask(exchange):
    """Ask as a client does who is logged in and waits for its answer."""
    account = Rules().account
    code = pyotp.TOTP(account.totp_secret).at(moment(10))
    body = {"clientcode": account.client, "password": account.pin, "totp": code}
    given = CIMultiDict(HEADERS)
    reply = exchange.on_request(Request("loginByPassword", given, json.dumps(body).encode()))
    given["Authorization"] = f"Bearer {json.loads(reply.body)['data']['jwtToken']}"

    def send(endpoint, body):
        reply = exchange.on_request(Request(endpoint, given, json.dumps(body).encode())).finished()
        exchange.on_sent(reply)
        return reply

    return send


def quotes(*instruments, mode="FULL"):
    tokens = {}
    for each in instruments:
        tokens.setdefault(each.exchange, []).append(each.token)
    return {"mode": mode, "exchangeTokens": tokens}


@given(st.lists(st.floats(0, 200), min_size=1, max_size=80))
def test_the_rush_is_the_most_that_ever_came_within_one_second_and_one_minute(moments):
    tally = Tally()
    for each in sorted(moments):
        tally.count_request("quote", later(each))

    arrived = [later(each).timestamp() for each in moments]
    for width, most in ((1, tally.most_in_a_second), (60, tally.most_in_a_minute)):
        within = [sum(at - width < other <= at for other in arrived) for at in arrived]
        assert most["quote"] == max(within)


def test_at_speed_the_exchanges_own_seconds_count(exchange, clock):
    for step in range(100):  # 20 requests a real second, at 240 times the speed
        clock.set(later(step * 0.05 * 240))
        exchange.on_request(Request("quote", CIMultiDict(HEADERS)))

    assert exchange.tally.most_in_a_second == {"quote": 1}
    assert exchange.tally.most_in_a_minute == {"quote": 5}


def test_candles_and_oi_are_also_counted_together_as_their_limit_is():
    tally = Tally()
    for endpoint in ("getOIData", "getCandleData", "getOIData"):
        tally.count_request(endpoint, later(0), "history")

    assert tally.most_in_a_second == {"getOIData": 2, "getCandleData": 1, "history": 3}
    assert tally.requests == {"getOIData": 2, "getCandleData": 1}


def test_refusals_of_the_limiter_are_told_from_those_of_a_switch(exchange, ask):
    for _ in range(12):
        ask("quote", quotes(CALL))
    exchange.faults.turn({"rate_limited": {"times": 3}}, later(0))
    for _ in range(3):
        ask("quote", quotes(CALL))

    told = exchange.tally.as_json()
    assert told["refused"] == {"quote": 5}
    assert (told["refused_by_limiter"], told["refused_by_fault"]) == ({"quote": 2}, {"quote": 3})
    assert told["most_in_a_second"]["quote"] == 15


def test_a_full_quote_of_a_chain_is_counted_once_whatever_it_holds(exchange, ask):
    ask("quote", quotes(CALL, PUT, NIFTY))
    ask("quote", quotes(PUT))

    assert exchange.tally.chains_asked == exchange.tally.chains_answered == {CHAIN: 2}


@pytest.mark.parametrize("body", [quotes(CALL, mode="LTP"), quotes(NIFTY, FUTURE), {"mode": "FULL"}])
def test_what_is_no_full_quote_of_options_is_no_chain(exchange, ask, body):
    ask("quote", body)

    assert not exchange.tally.chains_asked
    assert not exchange.tally.chains_answered


@pytest.mark.parametrize(
    "fault",
    [
        "rate_limited", "empty_body", "html_page", "json_null", "missing_message", "string_false", "error_type",
        "expire_tokens", "unfetched_share",
    ],
)  # fmt: skip
def test_a_spoiled_answer_is_asked_for_but_not_answered(exchange, ask, fault):
    exchange.faults.turn({fault: 1 if fault == "unfetched_share" else True}, later(0))

    ask("quote", quotes(CALL, PUT))

    assert exchange.tally.faults[fault] > 0
    assert exchange.tally.chains_asked == {CHAIN: 1}
    assert not exchange.tally.chains_answered


def test_a_quote_beyond_the_limit_is_asked_for_but_not_answered(exchange, ask):
    for _ in range(11):
        ask("quote", quotes(CALL))

    assert exchange.tally.chains_asked == {CHAIN: 11}
    assert exchange.tally.chains_answered == {CHAIN: 10}
