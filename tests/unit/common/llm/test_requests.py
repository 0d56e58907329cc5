"""What is asked of a server, and what it counts at."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from oi_common.advice.answers import Advice
from oi_common.llm.billing import bill
from oi_common.llm.prices import Price, PriceList, listed_prices, parsed_prices
from oi_common.llm.replies import Usage
from oi_common.llm.requests import Endpoint, Question, most_tokens_in, request_body
from oi_common.llm.schemas import strict_schema

PRICE = Price(0.15, 0.60)
PRICES = PriceList({"small": PRICE}, usd_inr=90.0)


class Verdict(BaseModel):
    word: str
    points: int | None = None


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
