"""What the stock client makes of each failure the broker is known for (`classify` must tell these apart)."""

import pytest
from SmartApi.smartExceptions import DataException, TokenException

from simulator.testing import NIFTY, moment

RATE = "Access denied because of exceeding access rate"
QUOTE = ("LTP", {"NSE": [NIFTY.token]})


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ({"rate_limited": True}, DataException, f"b'{RATE}'"),
        ({"html_page": True}, DataException, "Request Rejected"),
        ({"empty_body": True}, DataException, "b''"),
        ({"missing_message": True}, KeyError, "message"),
        ({"json_null": True}, AttributeError, "NoneType"),
        ({"error_type": True}, TokenException, "Invalid Token"),
    ],
)
def test_the_client_raises(session, switch, fault, kind, says):
    switch(**fault)

    with pytest.raises(kind, match=says.replace("(", r"\(")):
        session.getMarketData(*QUOTE)


def test_a_gateway_refusal_is_a_dict_without_a_status(session, switch):
    switch(expire_tokens=True)

    answer = session.getMarketData(*QUOTE)

    assert answer == {"success": False, "message": "Invalid Token", "errorCode": "AG8001", "data": ""}


def test_a_string_false_is_a_dict_that_is_false_checks_take_for_success(session, switch):
    switch(string_false=True)

    answer = session.getMarketData(*QUOTE)

    assert answer["status"] == "false"
    assert answer["status"] is not False


@pytest.mark.parametrize(("fault", "code"), [({"ab1021": True}, "AB1021"), ({"ab1004_share": 1}, "AB1004")])
def test_a_spoiled_candle_request_is_a_dict_with_a_code(session, switch, fault, code):
    switch(**fault)

    answer = session.getCandleData(
        {
            "exchange": "NSE",
            "symboltoken": NIFTY.token,
            "interval": "ONE_MINUTE",
            "fromdate": "2026-11-18 09:15",
            "todate": "2026-11-18 09:20",
        }
    )

    assert (answer["status"], answer["errorcode"]) == (False, code)


@pytest.mark.parametrize("wrong", [{"totp": "000000"}, {"pin": "0000"}])
def test_wrong_credentials_are_ab1050(log_in, wrong):
    answer = log_in(**wrong)

    assert (answer["status"], answer["errorcode"]) == (False, "AB1050")


def test_an_unknown_client_is_ab1007(client):
    answer = client.generateSession("NOBODY", "1234", "123456")

    assert (answer["status"], answer["errorcode"]) == (False, "AB1007")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("throttled", DataException), ("invalid_token", TypeError), ("null", TypeError)],
)
def test_a_profile_that_fails_after_login_raises_although_the_tokens_are_set(
    client, log_in, switch, fault, kind
):
    switch(profile_fails=fault)

    with pytest.raises(kind):
        log_in()

    assert client.access_token


def test_a_second_login_in_the_same_second_is_throttled(session, log_in, clock):
    log_in()
    with pytest.raises(DataException, match=RATE):
        log_in()

    clock.set(moment(10, 1, 1))

    assert log_in()["status"] is True


def test_a_bearer_put_twice_is_an_invalid_token(session, client):
    client.access_token = f"Bearer {client.access_token}"

    assert client.getProfile(client.refresh_token)["errorCode"] == "AG8001"


def test_a_wrong_api_key_is_refused_by_the_gateway(client, log_in):
    client.privateKey = "another"

    with pytest.raises(KeyError, match="status"):
        log_in()


def test_a_failed_refresh_raises_a_type_error(session):
    with pytest.raises(TypeError):
        session.generateToken("not a refresh token")


def test_the_status_of_a_token_failure_can_be_switched(session, switch, stats):
    switch(expire_tokens=True, token_failure_status=401)

    assert session.getMarketData(*QUOTE)["errorCode"] == "AG8001"
    assert stats()["faults"] == {"expire_tokens": 1, "token_failure_status": 1}


def test_a_stale_feed_says_an_old_time(session, switch):
    switch(stale_feed_seconds=90)

    item = session.getMarketData("FULL", {"NSE": [NIFTY.token]})["data"]["fetched"][0]

    assert item["exchFeedTime"] == "18-Nov-2026 09:59:30"


def test_a_counted_fault_strikes_so_often_and_no_more(session, switch):
    switch(json_null={"value": True, "times": 2, "endpoint": "quote"})

    for _ in range(2):
        with pytest.raises(AttributeError):
            session.getMarketData(*QUOTE)

    assert session.getMarketData(*QUOTE)["status"] is True


def test_a_timed_fault_ends_with_its_time(session, switch, clock):
    switch(json_null={"value": True, "seconds": 30})
    with pytest.raises(AttributeError):
        session.getMarketData(*QUOTE)

    clock.set(moment(10, 1, 30))

    assert session.getMarketData(*QUOTE)["status"] is True
