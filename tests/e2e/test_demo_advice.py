"""The demo's AI loops: with no key the rules decide and are scored; with the simulated model both loops ask it, seldom."""

import re

import pytest

MORNING = ("--day", "2026-11-18", "--seed", "1", "--scenario", "trend_up", "--indices", "NIFTY")
MORNING += ("--speed", "30", "--until", "09:45")
MORNING += ("--only", "ingest-ws,poller,bucketer,ai-minimal,ai-rich,paper-trader")
LOOPS = ("minimal", "rich")


@pytest.fixture(scope="module")
def by_rules(start_demo):
    """A morning without any model."""
    demo = start_demo(*MORNING)
    demo.code = demo.end()
    return demo


@pytest.fixture(scope="module")
def by_model(start_demo):
    """The same morning with the simulator's model server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_LLM", "1")
        demo = start_demo(*MORNING)
    demo.code = demo.end()
    return demo


def decisions(demo, loop, engine):
    return demo.count(f"SELECT count(*) FROM ai_decisions WHERE \"loop\" = '{loop}' AND engine = '{engine}'")


@pytest.mark.parametrize("loop", LOOPS)
def test_with_no_key_the_rules_of_each_loop_decide_and_every_decision_is_scored(by_rules, loop):
    assert by_rules.code == 0, by_rules.output
    assert (decisions(by_rules, loop, "rules") > 0, decisions(by_rules, loop, "llm")) == (True, 0)
    engines = f"SELECT count(DISTINCT engine) FROM decision_outcomes WHERE \"loop\" = '{loop}'"
    assert by_rules.count(engines) == len(("rules", "coin_flip", "always_wait"))
    assert f"{loop}: " in by_rules.output
    assert by_rules.count("SELECT count(*) FROM ai_calls") == 0


@pytest.mark.parametrize("loop", LOOPS)
def test_with_the_simulated_model_each_loop_uses_it_and_asks_far_less_than_once_a_second(by_model, loop):
    assert by_model.code == 0, by_model.output
    assert decisions(by_model, loop, "llm") > 0
    told = re.search(rf"{loop}: .* (\d+) requests to models in (\d+) market seconds", by_model.output)
    calls, seconds = map(int, told.groups())
    assert 0 < calls < seconds / 10
    assert by_model.count(f"SELECT count(*) FROM ai_calls WHERE \"loop\" = '{loop}'") == calls


def test_everything_that_was_asked_is_on_record_with_the_decision_it_was_for(by_model):
    unknown = "SELECT count(*) FROM ai_calls WHERE event_id NOT IN (SELECT event_id FROM ai_decisions)"

    assert by_model.count(unknown) == 0
    assert list((by_model.folder / "ai-minimal" / "ai").glob("minimal-*.ndjson"))
    assert list((by_model.folder / "ai-rich" / "ai").glob("rich-*.txt"))
