import json

import pytest

from oi_common.broker.errors import (
    Blocked,
    BrokerRefused,
    BrokerUnavailable,
    NoData,
    SessionExpired,
    Throttled,
    WrongCredentials,
)
from oi_common.broker.replies import LOGIN, envelope_of

QUOTE = "api.market.data"
HTML = b"<html><head><title>Request Rejected</title></head><body>support ID 7253518233190512345</body></html>"


def failure(code, message="said", **more):
    return json.dumps({"status": False, "message": message, "errorcode": code, "data": None} | more).encode()


def gateway(code):
    return json.dumps({"success": False, "message": "Invalid Token", "errorCode": code, "data": ""}).encode()


@pytest.mark.parametrize(
    "body",
    [
        {"status": True, "message": "SUCCESS", "errorcode": "", "data": [1]},
        {"success": True, "message": "SUCCESS", "errorCode": "", "data": [1]},
        {"status": "true", "data": [1]},
    ],
)
def test_every_envelope_of_success_becomes_the_same(body):
    envelope = envelope_of(QUOTE, 200, json.dumps(body).encode())

    assert envelope["status"] is True
    assert envelope["data"] == [1]


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (403, b"Access denied because of exceeding access rate", Throttled),
        (403, b"exceeding rate limit", Throttled),
        (429, b"", Throttled),
        (429, b'{"status": false, "message": "Too many requests"}', Throttled),
        (200, failure("AB1021", "Too many requests"), Throttled),
        (200, failure("AB2000", "Access denied because of exceeding access rate"), Throttled),
        (200, HTML, Blocked),
        (403, HTML, Blocked),
        (502, b"", BrokerUnavailable),
        (200, b"", BrokerUnavailable),
        (503, b"Service Unavailable", BrokerUnavailable),
        (200, b"null", BrokerUnavailable),
        (200, b"[]", BrokerUnavailable),
        (200, b'{"status": true, "da', BrokerUnavailable),
        (200, b"\xff\xfe", BrokerUnavailable),
        (200, failure("AB1004"), BrokerUnavailable),
        (200, failure("AB2001"), BrokerUnavailable),
        (200, json.dumps({"status": False, "errorcode": "AB2001", "data": None}).encode(), BrokerUnavailable),
        (200, b"{}", BrokerUnavailable),
        (200, failure("AB1007", status="false", data="null"), BrokerUnavailable),
        (
            403,
            json.dumps({"error_type": "TokenException", "message": "Invalid Token"}).encode(),
            SessionExpired,
        ),
        (200, gateway("AG8001"), SessionExpired),
        (401, gateway("AG8001"), SessionExpired),
        (200, gateway("AG8002"), SessionExpired),
        (200, gateway("AG8003"), SessionExpired),
        (200, failure("AB1010"), SessionExpired),
        (200, failure("AB1011"), SessionExpired),
        (200, failure("AB8051"), SessionExpired),
        (200, gateway("AG8004"), WrongCredentials),
        (200, failure("AB9019", "No Data Available"), NoData),
        (200, failure("AB1016"), NoData),
        (200, failure("AB1009"), BrokerRefused),
        (200, failure("AB1006"), BrokerRefused),
    ],
)
def test_every_shape_of_failure_is_told_by_its_meaning(status, body, meaning):
    with pytest.raises(meaning) as failed:
        envelope_of(QUOTE, status, body)

    assert type(failed.value) is meaning
    assert failed.value.status == status


@pytest.mark.parametrize("code", ["AB1000", "AB1002", "AB1007", "AB1050"])
def test_a_refused_login_means_wrong_credentials(code):
    with pytest.raises(WrongCredentials) as failed:
        envelope_of(LOGIN, 200, failure(code))

    assert failed.value.code == code


def test_a_failure_never_quotes_a_token():
    jwt = "eyJhbGciOiJIUzUxMiJ9.eyJ1c2VybmFtZSI6IkExIn0.c2lnbmF0dXJl"  # pragma: allowlist secret

    with pytest.raises(BrokerUnavailable) as failed:
        envelope_of(QUOTE, 200, failure("AB2001", f"bad header Bearer {jwt}"))

    assert jwt not in str(failed.value)
