"""What a server's reply means: an answer, or which kind of failure."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from oi_common.advice.answers import Advice
from oi_common.llm.billing import bill
from oi_common.llm.prices import Price, PriceList, listed_prices, parsed_prices
from oi_common.llm.replies import HttpReply, Usage, read, retry_after
from oi_common.llm.requests import Endpoint, Question, most_tokens_in, request_body
from oi_common.llm.schemas import strict_schema

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


@pytest.mark.parametrize(
    ("was_sent", "status", "usage", "cost", "source"),
    [
        (True, 200, Usage(1000, 100), 18900, "priced"),  # (1000 * 0.15 + 100 * 0.60) * 90 = 18,900 millionths
        (True, 200, Usage(1000, 100, 0.0005), 45000, "reported"),
        (True, 200, Usage(1000, None), 99999, "reserved"),
        (True, 200, Usage(), 99999, "reserved"),
        (True, None, Usage(), 99999, "reserved"),
        (True, 429, Usage(), 0, "none"),
        (False, None, Usage(), 0, "none"),
    ],
)
def test_a_request_counts_as_reported_or_priced_else_in_full(was_sent, status, usage, cost, source):
    billed = bill(PRICES, PRICE, 99999, was_sent=was_sent, status=status, usage=usage)

    assert (billed.cost, billed.source) == (cost, source)


def question(text, answer=Verdict):
    return Question("minimal", "NIFTY", "e", ({"role": "user", "content": text},), answer)


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_the_worst_case_has_a_token_for_every_byte_of_the_prompt(text):
    asked = question(text)

    body = request_body(asked, asked.messages, "small", PRICE, Endpoint("http://x"))

    assert most_tokens_in(body) >= len(text.encode())


def test_openrouter_is_told_to_pay_no_more_than_was_reserved():
    asked = question("q")

    there = request_body(asked, asked.messages, "small", PRICE, Endpoint("https://openrouter.ai/api/v1", "k"))
    elsewhere = request_body(asked, asked.messages, "small", PRICE, Endpoint("http://127.0.0.1:1/v1"))

    assert there["provider"] == {"max_price": {"prompt": 0.15, "completion": 0.60}}
    assert "provider" not in elsewhere


@pytest.mark.parametrize("structured", ["json_schema", "json_object", "none"])
def test_the_form_is_asked_for_in_the_way_the_server_knows(structured):
    asked = question("q")

    body = request_body(asked, asked.messages, "small", PRICE, Endpoint("http://x", None, structured))

    assert body.get("response_format", {"type": "none"})["type"] == structured


def test_a_strict_schema_requires_every_property_and_admits_no_other():
    schema = strict_schema(Advice)

    assert schema["required"] == list(schema["properties"]) == list(Advice.model_fields)
    assert schema["additionalProperties"] is False
    assert not {"maxLength", "minimum", "maximum", "default", "title"} & set(json.dumps(schema).split('"'))


def test_prices_of_ones_own_are_read_and_faulty_ones_named():
    assert parsed_prices("a/b=0.1/0.2, c=1/2") == {"a/b": Price(0.1, 0.2), "c": Price(1.0, 2.0)}
    assert parsed_prices("") == {}
    for faulty in ("a", "a=1", "=1/2", "a=x/2", "a=-1/2", "a=nan/1"):
        with pytest.raises(ValueError, match="is not model=input/output"):
            parsed_prices(faulty)


def test_the_default_models_have_prices():
    assert listed_prices()["openai/gpt-4o-mini"] == Price(0.15, 0.60)


def test_the_endpoint_never_shows_its_key():
    assert "hush" not in repr(Endpoint("http://x", "hush"))
