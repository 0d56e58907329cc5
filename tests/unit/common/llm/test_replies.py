"""What a server's reply means: an answer, or which kind of failure."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from oi_common.advice.answers import Advice
from oi_common.llm.prices import Price, PriceList
from oi_common.llm.replies import HttpReply, Usage, read, retry_after

AT = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
PRICE = Price(0.15, 0.60)
PRICES = PriceList({"small": PRICE}, usd_inr=90.0)


class Verdict(BaseModel):
    word: str
    points: int | None = None


def reply(content=None, *, status=200, finish="stop", headers=None, **document):
    choice = {"message": {"role": "assistant", "content": content}, "finish_reason": finish}
    body = json.dumps({"choices": [choice], **document}).encode()
    return HttpReply(status, body, headers or {})


def because(it):
    return read(it, Verdict, AT).failure.because


def test_an_answer_in_the_form_asked_for_is_read_with_its_usage():
    said = reply('{"word": "yes"}', usage={"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.001})

    heard = read(said, Verdict, AT)

    assert heard.value == Verdict(word="yes")
    assert heard.usage == Usage(7, 3, 0.001)


def test_a_fenced_answer_is_read_too():
    assert read(reply('```json\n{"word": "yes"}\n```'), Verdict, AT).value == Verdict(word="yes")


def test_half_a_surrogate_pair_is_no_text_that_could_be_kept():
    heard = read(reply('{"word": "a\\ud800"}'), Verdict, AT)

    assert heard.value == Verdict(word="a?")


def test_with_a_key_of_ones_own_the_hosts_bill_is_added_to_the_fee():
    usage = {"cost": 0.05, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.95}}

    assert read(reply("{}", usage=usage), Verdict, AT).usage.cost_usd == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (reply("I would buy"), "not_json"),
        (reply('"yes"'), "not_json"),
        (reply(None), "not_json"),
        (reply('{"points": 1}'), "wrong_schema"),
        (reply('{"word": "y", "points": "many"}'), "wrong_schema"),
        (reply('{"wor', finish="length"), "truncated"),
        (reply('{"word": "yes"}', error={"code": 429}), "rate_limited"),
        (reply('{"word": "yes"}', error="odd"), "server_error"),
        (HttpReply(200, b"<html>", {}), "server_error"),
        (HttpReply(200, b"[]", {}), "server_error"),
        (HttpReply(200, b"{}", {}), "not_json"),
        (HttpReply(429, b"", {}), "rate_limited"),
        (HttpReply(500, b"", {}), "server_error"),
        (HttpReply(504, b"", {}), "timeout"),
        (HttpReply(401, b"", {}), "refused"),
        (HttpReply(302, b"", {}), "refused"),
    ],
)
def test_each_failure_has_its_kind(said, kind):
    assert because(said) == kind


@settings(deadline=None)
@given(body=st.binary(max_size=200), status=st.sampled_from([200, 400, 429, 500]))
def test_no_bytes_whatever_make_it_fail(body, status):
    heard = read(HttpReply(status, body, {}), Verdict, AT)

    assert (heard.value is None) == (heard.failure is not None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(choices=json_values, usage=json_values, error=json_values)
def test_no_document_whatever_makes_it_fail(choices, usage, error):
    body = json.dumps({"choices": choices, "usage": usage, "error": error}).encode()

    heard = read(HttpReply(200, body, {}), Verdict, AT)

    heard.text.encode()
    assert heard.usage.tokens_in is None or heard.usage.tokens_in >= 0


@settings(deadline=None)
@given(content=json_values)
def test_whatever_a_model_writes_the_answer_is_an_advice_or_a_failure(content):
    heard = read(reply(json.dumps(content)), Advice, AT)

    assert (heard.value is None) == (heard.failure is not None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("Wed, 18 Nov 2026 05:00:07 GMT", 7.0),
        ("Wed, 18 Nov 2026 04:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, AT) == seconds
