import io
import json
from pathlib import Path

import pytest
import requests
from requests.adapters import BaseAdapter

from oi_common.broker import smart_connect
from oi_common.broker.errors import BrokerRefused, BrokerUnavailable, WrongCredentials
from oi_common.broker.smart_connect import SmartConnect

JWT = "eyJhbGciOiJIUzUxMiJ9.eyJleHAiOjE3OTQ5NzQwODF9.c2lnbmF0dXJlLW9mLWEtdGVzdA"  # pragma: allowlist secret
LOGGED_IN = {"jwtToken": JWT, "refreshToken": "a-refresh-token", "feedToken": "a-feed-token"}


class Recorded(BaseAdapter):
    """Answers each request with the next reply, and remembers the requests."""

    def __init__(self, *replies):
        super().__init__()
        self.replies = list(replies)
        self.requests = []
        self.verified = []

    def send(self, request, **terms):
        self.requests.append(request)
        self.verified.append(terms["verify"])
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        response = requests.Response()
        response.status_code, body = reply
        response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


def ok(data):
    return 200, {"status": True, "message": "SUCCESS", "errorcode": "", "data": data}


def client(*replies):
    connection = SmartConnect("a-key", "https://broker.test")
    adapter = Recorded(*replies)
    connection._session.mount("https://", adapter)
    return connection, adapter


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_login_keeps_the_tokens_and_asks_for_no_profile():
    connection, sent = client(ok(LOGGED_IN))

    tokens = connection.log_in("A1", "4321", "123456")

    assert tokens.jwt == connection.access_token == JWT
    assert [request.path_url for request in sent.requests] == [
        "/rest/auth/angelbroking/user/v1/loginByPassword"
    ]
    assert json.loads(sent.requests[0].body) == {"clientcode": "A1", "password": "4321", "totp": "123456"}


def test_a_bearer_prefix_is_never_doubled():
    connection, sent = client(ok({**LOGGED_IN, "jwtToken": f"Bearer {JWT}"}), ok([]))
    connection.log_in("A1", "4321", "123456")

    connection.getMarketData("FULL", {"NSE": ["99926000"]})

    assert sent.requests[1].headers["Authorization"] == f"Bearer {JWT}"


def test_every_request_carries_the_headers_the_gateway_wants_and_verifies_tls():
    connection, sent = client(ok([]))

    connection.getMarketData("FULL", {"NSE": ["99926000"]})

    wanted = {
        "X-UserType",
        "X-SourceID",
        "X-ClientLocalIP",
        "X-ClientPublicIP",
        "X-MACAddress",
        "X-PrivateKey",
    }
    assert wanted <= set(sent.requests[0].headers)
    assert sent.verified[0]  # true, or the bundle that the environment names


@pytest.mark.parametrize(
    "order",
    [
        lambda c: c.placeOrder({"variety": "NORMAL"}),
        lambda c: c.placeOrderFullResponse({"variety": "NORMAL"}),
        lambda c: c.modifyOrder({"orderid": "1"}),
        lambda c: c.cancelOrder("1", "NORMAL"),
        lambda c: c.gttCreateRule({"price": 1}),
        lambda c: c.convertPosition({"exchange": "NSE"}),
        lambda c: c.orderBook(),
        lambda c: c.holding(),
        lambda c: c.position(),
        lambda c: c.generateTPIN({}),
        lambda c: c.individual_order_details("1"),
        lambda c: c.make_authenticated_get_request("https://broker.test/x", "jwt"),
    ],
)
def test_nothing_about_orders_or_holdings_leaves_the_machine(order):
    connection, sent = client()

    with pytest.raises(BrokerRefused, match="read-only"):
        order(connection)

    assert sent.requests == []


def test_a_network_failure_names_neither_address_nor_token():
    url = "https://broker.test/rest/secure/angelbroking/user/v1/getProfile?refreshToken=a-refresh-token"
    connection, _ = client(requests.ConnectionError(f"could not connect to {url}"))

    with pytest.raises(BrokerUnavailable) as failed:
        connection.getProfile("a-refresh-token")

    assert "a-refresh-token" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_a_failed_login_writes_nothing_anywhere(empty_folder: Path, capfd):
    connection, _ = client(
        (200, {"status": False, "message": "Invalid totp", "errorcode": "AB1050", "data": None})
    )

    with pytest.raises(WrongCredentials):
        connection.log_in("A1", "4321", "123456")

    assert list(empty_folder.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_login_without_tokens_is_no_login():
    connection, _ = client(ok({"jwtToken": None}))

    with pytest.raises(BrokerUnavailable, match="no tokens"):
        connection.log_in("A1", "4321", "123456")


def test_requests_is_itself_again_after_the_import():
    assert requests.get.__module__ == "requests.api"
    assert smart_connect._smart_connect.get is requests.get


def test_the_tokens_are_never_shown():
    connection, _ = client(ok(LOGGED_IN))

    tokens = connection.log_in("A1", "4321", "123456")

    assert JWT not in repr(tokens)
