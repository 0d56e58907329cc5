"""The desk against a model server over HTTP: a good answer decides, every fault ends in a labelled decision of the rules."""

import time
from datetime import timedelta

import pytest

from oi_common.advice import RICH
from support.model_server import FAULTS
from support.situations import AT, holding, rising

WITHIN = timedelta(seconds=5)
QUIET = timedelta(seconds=1)
BUSY = timedelta(seconds=2)  # how much longer a busy machine may take


async def test_a_good_answer_decides_and_is_paid_for(open_desk, counted):
    calls = []
    desk = await open_desk(calls)

    decided = await desk.decide(rising(), within=WITHIN)

    event = decided.event
    assert (event.engine, event.model, event.decision) == ("llm", "openai/gpt-4o-mini", "ENTER")
    assert (event.side, event.strike, event.entry) == ("CE", 24500, 101.5)
    assert event.evidence == ("spot", "momentum.12s", "leg.24500CE.ask")
    assert decided.rejected_because is None
    assert (event.tokens_in, event.tokens_out) == (counted()["tokens_in"], counted()["tokens_out"])
    assert event.cost_inr == pytest.approx(
        (event.tokens_in * 0.15 + event.tokens_out * 0.6) * 95e-6, abs=1e-6
    )
    assert [call.event_id for call in calls] == [event.event_id]
    assert set(decided.baselines) == {"rules", "always_wait", "coin_flip"}


async def test_the_deep_loop_gets_an_answer_with_its_views(open_desk):
    desk = await open_desk([], policy=RICH)

    decided = await desk.decide(rising(), within=WITHIN, more={"trend.15m": 0.4})

    assert decided.event.engine == "llm"
    assert decided.proposed["levels"] == [24400.0, 24600.0]


@pytest.mark.parametrize(("fault", "because", "decision"), FAULTS)
async def test_each_fault_ends_in_a_labelled_decision_of_the_rules(
    open_desk, switch, fault, because, decision
):
    desk = await open_desk([], models=("openai/gpt-4o-mini",), request=0.5)
    switch(llm=fault, llm_slow_seconds=2.0, llm_retry_after=30.0)
    began = time.monotonic()

    decided = await desk.decide(rising(), within=QUIET)

    assert (decided.event.engine, decided.event.model) == ("rules", None)
    assert decided.rejected_because == because
    assert decided.event.decision == decision
    assert time.monotonic() - began < (QUIET + BUSY).total_seconds()


async def test_a_refused_answer_does_not_keep_the_rules_from_leaving_a_position(open_desk, switch):
    desk = await open_desk([])
    switch(llm="outdated")

    decided = await desk.decide(holding(84.0), within=WITHIN)

    assert (decided.rejected_because, decided.event.decision) == ("lock:out_of_date", "EXIT")


async def test_faults_come_in_the_order_given_and_the_chain_of_models_goes_on(open_desk, switch, counted):
    calls = []
    desk = await open_desk(calls)
    switch(llm=["server_error", "not_json", "wrong_schema", "truncated"])

    first = await desk.decide(rising(), within=WITHIN)
    second = await desk.decide(rising(at=AT + timedelta(seconds=1)), within=WITHIN)

    assert [call.outcome for call in calls] == ["server_error", "not_json", "wrong_schema", "truncated", "ok"]
    assert [call.model for call in calls] == ["openai/gpt-4o-mini"] * 3 + [
        "qwen/qwen-2.5-7b-instruct",
        "openai/gpt-4o-mini",
    ]
    assert first.rejected_because == "llm:truncated"
    assert second.event.engine == "llm"
    assert counted()["calls"] == 5


async def test_the_second_model_answers_for_the_first(open_desk, switch):
    desk = await open_desk([], request=0.5)
    switch(llm={"value": "slow", "times": 1}, llm_slow_seconds=2.0)

    decided = await desk.decide(rising(), within=WITHIN)

    assert decided.event.model == "qwen/qwen-2.5-7b-instruct"
    assert decided.event.latency_ms > 300


async def test_a_repaired_answer_counts(open_desk, switch):
    calls = []
    desk = await open_desk(calls)
    switch(llm={"value": "not_json", "times": 1})

    decided = await desk.decide(rising(), within=WITHIN)

    assert decided.event.engine == "llm"
    assert [call.outcome for call in calls] == ["not_json", "ok"]
    assert "cannot be used" in calls[1].messages[-1]["content"]
    assert decided.event.tokens_in == sum(call.tokens_in for call in calls)


async def test_a_rate_limit_is_waited_out_when_there_is_time(open_desk, switch):
    calls = []
    desk = await open_desk(calls)
    switch(llm={"value": "rate_limited", "times": 1}, llm_retry_after=0.3)

    decided = await desk.decide(rising(), within=WITHIN)

    assert decided.event.engine == "llm"
    assert [call.outcome for call in calls] == ["rate_limited", "ok"]


async def test_a_circuit_that_is_open_saves_the_calls(open_desk, switch, counted):
    desk = await open_desk([], models=("openai/gpt-4o-mini",))
    switch(llm="truncated")
    for second in range(5):
        await desk.decide(rising(at=AT + timedelta(seconds=second)), within=WITHIN)

    decided = await desk.decide(rising(at=AT + timedelta(seconds=5)), within=WITHIN)

    assert decided.rejected_because == "llm:circuit_open"
    assert counted()["calls"] == 5


async def test_an_answer_about_a_market_that_has_moved_on_is_not_used(open_desk):
    desk = await open_desk([])

    decided = await desk.decide(rising(), within=WITHIN, latest=lambda: rising(spot=24600.0))

    assert decided.rejected_because == "lock:market_moved"


async def test_a_slow_answer_is_used_only_while_it_is_about_the_present(open_desk, clock):
    desk = await open_desk([])

    def ten_minutes_on():
        clock.set(AT + timedelta(minutes=10))
        return rising()

    decided = await desk.decide(rising(), within=WITHIN, latest=ten_minutes_on)

    assert decided.rejected_because == "lock:too_late"
