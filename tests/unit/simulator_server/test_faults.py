from datetime import timedelta

import pytest

from simulator.core.faults import SWITCHES, Faults, Switchboard
from simulator.core.spoiling import spoiled
from simulator.core.tally import Tally
from simulator.testing import moment

NOW = moment(10)


def board(**changes):
    switches = Switchboard(Tally())
    switches.turn(changes, NOW)
    return switches


def strikes(switches, name, times, at=NOW, endpoint=None):
    return [bool(switches.strike(name, at, endpoint)) for _ in range(times)]


def test_a_switch_that_is_off_never_strikes():
    assert strikes(board(), "html_page", 3) == [False] * 3


def test_a_switch_that_is_on_strikes_until_it_is_turned_off():
    switches = board(html_page=True)
    assert strikes(switches, "html_page", 3) == [True] * 3

    switches.turn({"html_page": False}, NOW)

    assert strikes(switches, "html_page", 1) == [False]


def test_times_ends_a_switch():
    assert strikes(board(html_page={"value": True, "times": 2}), "html_page", 4) == [True, True, False, False]


def test_seconds_end_a_switch_on_the_exchanges_clock():
    switches = board(html_page={"value": True, "seconds": 60})

    assert strikes(switches, "html_page", 1, NOW + timedelta(seconds=59)) == [True]
    assert strikes(switches, "html_page", 1, NOW + timedelta(seconds=60)) == [False]
    assert switches.faults.as_json(NOW + timedelta(seconds=60))["html_page"] is False


def test_an_endpoint_narrows_a_switch():
    switches = board(html_page={"value": True, "endpoint": "quote"})

    assert strikes(switches, "html_page", 1, endpoint="getProfile") == [False]
    assert strikes(switches, "html_page", 1, endpoint="quote") == [True]


def test_a_one_shot_strikes_once():
    assert strikes(board(ws_close=True), "ws_close", 3) == [True, False, False]


def test_a_share_strikes_about_that_often_and_the_same_way_each_time():
    first = strikes(board(ab1004_share=0.3), "ab1004_share", 1000)

    assert 240 < sum(first) < 360
    assert first == strikes(board(ab1004_share=0.3), "ab1004_share", 1000)


def test_a_share_with_times_counts_its_strikes_not_the_questions():
    assert sum(strikes(board(ab1004_share={"value": 0.5, "times": 3}), "ab1004_share", 100)) == 3


def test_a_wrong_change_changes_nothing():
    switches = board(html_page=True)

    with pytest.raises(ValueError, match="unknown switch 'nonsense'"):
        switches.turn({"html_page": False, "nonsense": True}, NOW)

    assert strikes(switches, "html_page", 1) == [True]


def test_every_switch_is_shown_with_its_value():
    shown = board(latency_ms=250).faults.as_json(NOW)

    assert set(shown) == set(SWITCHES)
    assert shown["latency_ms"] == 250
    assert shown["ws_snapshot"] is True


def test_a_switch_back_to_its_default_is_not_armed():
    assert not Faults().turned({"ws_snapshot": True, "html_page": False, "latency_ms": None}, NOW).armed


def test_strikes_are_counted():
    tally = Tally()
    switches = Switchboard(tally)
    switches.turn({"html_page": {"value": True, "times": 2}}, NOW)

    strikes(switches, "html_page", 5)

    assert tally.faults == {"html_page": 2}


@pytest.mark.parametrize(
    ("name", "status", "content_type"),
    [
        ("rate_limited", 403, "text/plain"),
        ("empty_body", 502, "text/plain"),
        ("html_page", 200, "text/html"),
        ("json_null", 200, "application/json"),
        ("missing_message", 200, "application/json"),
        ("string_false", 200, "application/json"),
        ("error_type", 403, "application/json"),
    ],
)
def test_each_spoiled_answer_has_its_status_and_kind(name, status, content_type):
    reply = spoiled(board(**{name: True}), "quote", NOW)

    assert reply is not None
    assert (reply.status, reply.content_type) == (status, content_type)


def test_the_refusal_is_the_brokers_exact_text():
    reply = spoiled(board(rate_limited=True), "quote", NOW)

    assert reply is not None
    assert reply.body == b"Access denied because of exceeding access rate"


def test_nothing_is_spoiled_without_a_switch():
    assert spoiled(board(), "quote", NOW) is None
