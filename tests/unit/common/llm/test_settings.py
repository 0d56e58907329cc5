"""Where models are asked, which, and at what price; none at all is an ordinary state."""

import re
from pathlib import Path

import pytest

from oi_common.errors import Misconfigured
from oi_common.llm import LlmSettings
from oi_common.llm.prices import FREE, Price
from oi_common.logs import redacted
from oi_common.settings import ServiceSettings

KEY = "made-up-key-4711"


@pytest.fixture
def load(monkeypatch):
    def loaded(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return LlmSettings.load()

    return loaded


def test_with_neither_key_nor_address_there_is_no_model(load):
    assert load().endpoint is None


def test_a_key_alone_means_openrouter_and_is_hidden(load):
    endpoint = load(OPENROUTER_API_KEY=KEY).endpoint

    assert endpoint.base_url == "https://openrouter.ai/api/v1"
    assert endpoint.headers == {"Authorization": f"Bearer {KEY}"}
    assert KEY not in redacted(f"x {KEY} y")


def test_a_key_may_lie_in_a_file(load, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")

    assert load(OPENROUTER_API_KEY_FILE=str(tmp_path / "key")).endpoint.api_key == KEY


def test_an_address_of_ones_own_needs_no_key_and_sends_no_bill(load):
    settings = load(LLM_BASE_URL="http://127.0.0.1:9/v1/")

    assert settings.endpoint.base_url == "http://127.0.0.1:9/v1"
    assert settings.endpoint.headers == {}
    assert settings.price_list.of("a/model-of-ones-own") == FREE
    assert settings.price_list.of("openai/gpt-4o-mini") == Price(0.15, 0.60)


def test_with_a_key_a_model_without_a_price_has_none(load):
    settings = load(OPENROUTER_API_KEY=KEY, LLM_PRICES="some/model=1/2")

    assert settings.price_list.of("some/model") == Price(1.0, 2.0)
    assert settings.price_list.of("another/model") is None


def test_models_are_a_chain(load):
    assert load(AI_MINIMAL_MODEL="a/b, c/d").ai_minimal_model == ("a/b", "c/d")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM_BASE_URL", "openrouter.ai"),
        ("LLM_PRICES", "a/b"),
        ("LLM_STRUCTURED", "xml"),
        ("AI_DAILY_BUDGET_INR", "-1"),
        ("AI_DAILY_BUDGET_INR", "nan"),
        ("USD_INR", "0"),
        ("AI_RICH_MODEL", ","),
    ],
)
def test_what_is_wrong_is_named(load, name, value):
    with pytest.raises(Misconfigured, match=name):
        load(**{name: value})


def test_the_example_environment_shows_each_setting_with_its_default():
    lines = (Path(__file__).parents[4] / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#[A-Z_]+=", line))
    own = set(LlmSettings.model_fields) - set(ServiceSettings.model_fields)

    given = {name: shown[name.upper()] for name in own}

    known = {name: value for name, value in given.items() if value}
    assert LlmSettings.model_validate(known) == LlmSettings()
