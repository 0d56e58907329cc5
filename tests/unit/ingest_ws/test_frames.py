"""Frames to the market socket."""

import json

from ingest_ws.core.frames import Subscription, frames


def test_tokens_of_one_mode_and_exchange_share_a_frame():
    said = frames("subscribe", [Subscription(3, 2, "2"), Subscription(3, 2, "1")])

    assert [json.loads(frame) for frame in said] == [
        {
            "correlationID": "sm3x020000",
            "action": 1,
            "params": {"mode": 3, "tokenList": [{"exchangeType": 2, "tokens": ["1", "2"]}]},
        }
    ]


def test_each_mode_and_each_exchange_has_a_frame_of_its_own():
    said = frames(
        "subscribe", [Subscription(2, 1, "1"), Subscription(3, 2, "2"), Subscription(3, 4, "3")], first=41
    )

    assert [json.loads(frame)["correlationID"] for frame in said] == [
        "sm2x010041",
        "sm3x020042",
        "sm3x040043",
    ]


def test_unsubscribing_is_action_zero():
    [said] = frames("unsubscribe", [Subscription(3, 2, "2")], first=123_456)

    assert json.loads(said)["action"] == 0
    assert json.loads(said)["correlationID"] == "um3x023456"


def test_nothing_to_say_is_no_frame():
    assert frames("subscribe", []) == []
