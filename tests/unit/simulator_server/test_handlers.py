import json

import pyotp
import pytest
from multidict import CIMultiDict

from simulator.core.endpoints import ENDPOINTS
from simulator.core.gateway import NotAdmitted
from simulator.handlers import Exchange, Request, Rules
from simulator.testing import CALL, FixedMarket, ManualClock, moment

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


@pytest.fixture
def clock():
    return ManualClock(moment(10))


@pytest.fixture
def exchange(clock):
    return Exchange(FixedMarket(), clock, lambda: moment(3), Rules())


def ask(exchange, endpoint, body=None, **headers):
    given = CIMultiDict(HEADERS | {name.replace("_", "-"): value for name, value in headers.items()})
    reply = exchange.on_request(Request(endpoint, given, json.dumps(body or {}).encode()))
    return json.loads(reply.body) if reply.content_type == "application/json" else reply.body.decode()


@pytest.fixture
def tokens(exchange):
    account = Rules().account
    code = pyotp.TOTP(account.totp_secret).at(moment(10))
    body = {"clientcode": account.client, "password": account.pin, "totp": code, "state": "live"}
    return ask(exchange, "loginByPassword", body)["data"]


@pytest.fixture
def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['jwtToken']}"}


def test_a_login_repeats_the_clients_state(tokens):
    assert tokens["state"] == "live"


@pytest.mark.parametrize("name", HEADERS)
def test_a_request_without_one_of_the_brokers_headers_is_refused(exchange, bearer, name):
    answer = ask(exchange, "putCallRatio", **bearer, **{name.replace("-", "_"): ""})

    assert answer["message"] == f"missing header {name}"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X_UserType": "ADMIN"}, "AB1005"),
        ({"X_PrivateKey": "another"}, "AG8004"),
        ({"Authorization": ""}, "AG8003"),
        ({"Authorization": "Basic abc"}, "AG8001"),
        ({"Authorization": "Bearer abc"}, "AG8001"),
    ],
)
def test_a_wrong_header_has_its_code(exchange, bearer, headers, code):
    answer = ask(exchange, "putCallRatio", **(bearer | headers))

    assert code in {answer.get("errorcode"), answer.get("errorCode")}


@pytest.mark.parametrize("body", ["", "[]", "3", "{"])
def test_a_body_that_is_no_object_is_ab1004(exchange, bearer, body):
    headers = CIMultiDict(HEADERS | bearer)

    reply = exchange.on_request(Request("quote", headers, body.encode()))

    assert json.loads(reply.body)["errorcode"] == "AB1004"


@pytest.mark.parametrize("name", [each for each in ENDPOINTS if each != "loginByPassword"])
def test_every_endpoint_but_login_asks_for_a_token(exchange, name):
    assert ask(exchange, name)["errorCode"] == "AG8003"


def test_a_client_cannot_log_another_one_out(exchange, bearer, clock):
    assert ask(exchange, "logout", {"clientcode": "ANOTHER"}, **bearer)["errorcode"] == "AB1004"
    clock.set(moment(10, 0, 1))
    assert ask(exchange, "logout", {"clientcode": "S100001"}, **bearer)["status"] is True


def test_withheld_tokens_are_unfetched(exchange, bearer):
    exchange.faults.turn({"unfetched_share": 1}, moment(10))

    answer = ask(exchange, "quote", {"mode": "LTP", "exchangeTokens": {"NFO": [CALL.token]}}, **bearer)

    assert [item["symbolToken"] for item in answer["data"]["unfetched"]] == [CALL.token]


def test_latency_is_a_delay_of_the_reply(exchange):
    exchange.faults.turn({"latency_ms": 250}, moment(10))

    reply = exchange.on_request(Request("putCallRatio", CIMultiDict(HEADERS)))

    assert reply.delay == 0.25


def test_every_request_is_counted_whether_refused_or_not(exchange):
    ask(exchange, "quote")
    ask(exchange, "quote")

    assert exchange.tally.requests == {"quote": 2}
    assert exchange.tally.most_in_a_second == {"quote": 2}


def test_a_refused_handshake_says_why(exchange, tokens):
    with pytest.raises(NotAdmitted) as refused:
        exchange.on_handshake(CIMultiDict({"x-client-code": "S100001", "x-feed-token": "x"}), {})

    assert (refused.value.status, refused.value.reason) == (401, "Invalid Header - Invalid Feed Token")


def test_orders_are_refused_and_remembered(exchange):
    reply = exchange.on_order("/rest/secure/angelbroking/order/v1/placeOrder")

    assert json.loads(reply.body)["status"] is False
    assert exchange.tally.as_json()["order_calls"] == 1
