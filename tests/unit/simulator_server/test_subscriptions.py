import json

import pytest

from simulator.core.subscriptions import BadWish, Subscriptions, Wish, error_text, parse_wish


def wish(*tokens, action=1, mode=1, exchange_type=2):
    return Wish(action, tuple((mode, exchange_type, token) for token in tokens), "abc")


def message(**params):
    return {
        "correlationID": "abc",
        "action": 1,
        "params": {"mode": 3, "tokenList": [{"exchangeType": 2, "tokens": ["1", "2"]}]} | params,
    }


def test_a_message_becomes_one_subscription_a_token():
    parsed = parse_wish(json.dumps(message()))

    assert parsed == Wish(1, ((3, 2, "1"), (3, 2, "2")), "abc")


def test_the_correlation_is_optional():
    asked = message()
    del asked["correlationID"]

    assert parse_wish(json.dumps(asked)).correlation == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": 4},
        {"mode": "1"},
        {"tokenList": None},
        {"tokenList": [{"exchangeType": 2}]},
        {"tokenList": [{"exchangeType": 99, "tokens": []}]},
        {"tokenList": [{"exchangeType": 2, "tokens": "12"}]},
        {"tokenList": ["12"]},
    ],
)
def test_a_malformed_message_is_refused_with_its_correlation(wrong):
    with pytest.raises(BadWish) as refused:
        parse_wish(json.dumps(message(**wrong)))

    assert refused.value.correlation == "abc"


@pytest.mark.parametrize("text", ["", "pong", "null", "[1]", "3", '{"action": 1}'])
def test_what_is_no_request_is_refused(text):
    with pytest.raises(BadWish):
        parse_wish(text)


def test_duplicates_are_not_counted():
    held = Subscriptions()

    assert held.apply(wish("1", "1", "2")) == ((1, 2, "1"), (1, 2, "2"))
    assert held.apply(wish("2", "3")) == ((1, 2, "3"),)
    assert len(held) == 3


def test_the_same_token_in_another_mode_counts_again():
    held = Subscriptions()
    held.apply(wish("1", mode=1))

    assert held.apply(wish("1", mode=3)) == ((3, 2, "1"),)
    assert len(held) == 2


def test_a_wish_beyond_the_limit_leaves_all_as_it_was():
    held = Subscriptions()
    held.apply(wish(*map(str, range(999))))

    assert held.apply(wish("1000", "1001")) is None
    assert len(held) == 999
    assert held.apply(wish("1000")) == ((1, 2, "1000"),)


def test_an_unsubscription_of_the_unknown_is_ignored():
    held = Subscriptions()
    held.apply(wish("1", "2"))

    assert held.apply(wish("2", "3", action=0)) == ()
    assert list(held) == [(1, 2, "1")]


def test_an_error_repeats_the_correlation():
    assert json.loads(error_text("E1002", "abc")) == {
        "correlationID": "abc",
        "errorCode": "E1002",
        "errorMessage": "Invalid Request. Subscription Limit Exceeded",
    }
