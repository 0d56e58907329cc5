"""The simulated model: sensible by what it is shown, and faulty in the order asked for."""

import json

import httpx
import pytest

from oi_common.advice import check, evidence_of
from oi_common.advice.answers import Advice, RichAdvice
from simulator.core.chat import chat_reply
from simulator.core.chat_script import scripted
from simulator.core.faults import Faults
from simulator.testing import FixedMarket, ManualClock, Serving, moment, running_exchange
from support.situations import falling, holding, leg, rising

NOW = moment(10)
FACTS = {
    "spot": 24512.35,
    "momentum.12s": 9.5,
    "strikes": [24450, 24500, 24550],
    "leg.24500CE.bid": 101.2,
    "leg.24500CE.ask": 101.5,
    "leg.24500PE.bid": 87.7,
    "leg.24500PE.ask": 88.0,
}
RICH = {"json_schema": {"schema": {"properties": {"view": {}}}}}
BULLISH = {"direction": "BULLISH", "trade_signal": "BUY"}
BEARISH = {"direction": "STRONGLY_BEARISH", "trade_signal": "SELL"}


def asked(facts=None, schema=None, *more):
    prompt = json.dumps({"as_of": "2026-11-18T11:00:15", "facts": FACTS if facts is None else facts})
    messages = [{"role": "system", "content": "law"}, {"role": "user", "content": prompt}, *more]
    return json.dumps({"model": "m", "messages": messages, "response_format": schema or {}}).encode()


def reply(body=None, fault="ok"):
    return chat_reply(body or asked(), fault, 7, slow=3.0, retry_after=2.0)


def answer(body=None, fault="ok"):
    return json.loads(reply(body, fault).document["choices"][0]["message"]["content"])


def test_it_enters_with_the_index_at_the_price_it_is_shown():
    up = answer()
    down = answer(asked({**FACTS, "momentum.12s": -9.5}))

    assert (up["decision"], up["side"], up["strike"], up["entry"]) == ("ENTER", "CE", 24500, 101.5)
    assert (down["side"], down["entry"]) == ("PE", 88.0)
    assert up["as_of"] == "2026-11-18T11:00:15"


def test_it_waits_on_a_flat_index_and_holds_what_is_open():
    assert answer(asked({**FACTS, "momentum.12s": 1.0}))["decision"] == "WAIT"
    assert answer(asked({**FACTS, "position.strike": 24500}))["decision"] == "HOLD"
    assert answer(asked({}))["decision"] == "WAIT"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (BULLISH, ("ENTER", "CE", 24500, 101.5)),
        (BEARISH, ("ENTER", "PE", 24500, 88.0)),
        ({**BULLISH, "trade_signal": "HOLD"}, ("WAIT", None, None, None)),
        ({**BULLISH, "direction": "MILDLY_BULLISH"}, ("WAIT", None, None, None)),
        ({**BULLISH, "leg.24500CE.bid": None}, ("WAIT", None, None, None)),
        ({**BULLISH, "leg.24500CE.bid": 2.0, "leg.24500CE.ask": 2.1}, ("WAIT", None, None, None)),
    ],
)
def test_asked_about_a_chain_it_enters_where_direction_and_signal_agree_however_still_the_index(
    changes, said
):
    without_momentum = {name: value for name, value in FACTS.items() if name != "momentum.12s"}

    rich = answer(asked({**without_momentum, **changes}, RICH))

    assert (rich["decision"], rich["side"], rich["strike"], rich["entry"]) == said


def test_it_enters_nothing_against_the_chain_and_leaves_what_the_chain_has_turned_against():
    held = {**FACTS, "position.strike": 24500, "position.side": "CE"}

    assert answer(asked({**FACTS, **BEARISH}))["decision"] == "WAIT"
    assert answer(asked({**held, **BEARISH}))["decision"] == "EXIT"
    assert answer(asked({**held, **BULLISH}))["decision"] == "HOLD"


@pytest.mark.parametrize("is_rich", [False, True])
@pytest.mark.parametrize(
    ("situation", "decision"),
    [
        (rising(), "ENTER"),
        (falling(), "ENTER"),
        (rising(legs=tuple(leg(24500, side, ask=40.0, bid=25.0) for side in ("CE", "PE"))), "ENTER"),
        (rising(momentum={}, measures={}), "WAIT"),
        (rising(spot=None, legs=(), strikes=()), "WAIT"),
        (holding(), "HOLD"),
        (holding(measures={"direction": "BEARISH"}), "EXIT"),
    ],
)
def test_what_it_says_of_real_facts_passes_the_evidence_lock(situation, decision, is_rich):
    signal = {"BULLISH": "BUY", "BEARISH": "SELL"}.get(str(situation.measures.get("direction")))
    evidence = evidence_of(situation).with_facts({"trade_signal": signal, "wall.s2": 24350})

    said = scripted(json.loads(evidence.as_json()), is_rich=is_rich)

    assert said["decision"] == decision
    assert check((RichAdvice if is_rich else Advice).model_validate(said), evidence) is None


def test_a_repair_is_answered_from_the_facts_before_it():
    said = asked(None, None, {"role": "assistant", "content": "?"}, {"role": "user", "content": "Again"})

    assert answer(said)["decision"] == "ENTER"


def test_asked_for_views_it_gives_them():
    rich = answer(asked(schema=RICH))

    assert {"view", "strategy", "risk", "levels"} <= set(rich)


def test_it_reports_the_tokens_of_both_sides():
    document = reply().document

    assert document["usage"]["prompt_tokens"] > 40
    assert document["usage"]["total_tokens"] == sum(
        document["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )


def test_each_fault_is_what_its_name_says():
    limited = reply(fault="rate_limited")

    assert (limited.status, limited.headers["Retry-After"]) == (429, "2")
    assert reply(fault="server_error").status == 500
    assert reply(fault="slow").delay == 3.0
    assert reply(fault="truncated").document["choices"][0]["finish_reason"] == "length"
    with pytest.raises(ValueError, match="Expecting"):
        answer(fault="not_json")
    assert "as_of" not in answer(fault="wrong_schema")
    assert answer(fault="invented_strike")["strike"] not in FACTS["strikes"]
    old = answer(fault="outdated")
    assert (old["as_of"], old["entry"]) == ("2026-11-18T10:55:15", pytest.approx(81.2))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages": []}', b'{"messages": ["x"]}'])
def test_what_is_no_chat_request_is_refused(body):
    assert reply(body or b"x").status == 400


def struck(wish, times):
    faults, values = Faults().turned({"llm": wish}, NOW), []
    for _ in range(times):
        faults, armed = faults.struck("llm", NOW)
        values.append(
            armed and str(armed.value).split(",")[(armed.asked - 1) % len(str(armed.value).split(","))]
        )
    return values


def test_several_faults_strike_in_order_and_once_and_one_strikes_until_turned_off():
    assert struck(["slow", "ok", "truncated"], 4) == ["slow", "ok", "truncated", None]
    assert struck("slow,ok", 3) == ["slow", "ok", None]
    assert struck("not_json", 3) == ["not_json"] * 3
    assert struck({"value": ["slow", "ok"], "times": 4}, 5) == ["slow", "ok", "slow", "ok", None]


@pytest.mark.parametrize("wish", ["sluggish", ["slow", "sluggish"], [], 5, True])
def test_unknown_faults_are_refused(wish):
    with pytest.raises(ValueError, match="llm"):
        Faults().turned({"llm": wish}, NOW)


@pytest.mark.parametrize("offers_llm", [False, True])
def test_services_are_told_of_the_model_server_only_when_asked_for(offers_llm):
    with running_exchange(
        FixedMarket(), ManualClock(NOW), serving=Serving(offers_llm=offers_llm)
    ) as exchange:
        told = exchange.environment("127.0.0.1").get("LLM_BASE_URL")
        models = httpx.get(f"{exchange.rest_url}/llm/v1/models").json()

    assert told == (f"{exchange.rest_url}/llm/v1" if offers_llm else None)
    assert "openai/gpt-4o-mini" in {model["id"] for model in models["data"]}
