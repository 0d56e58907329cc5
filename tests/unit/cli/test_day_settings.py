"""What a recording says of its day's settings, and what a replay makes of it."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from oi_cli.record.day_settings import FILE, note_settings, noted, settings_of
from oi_cli.replay.plan import ReplayPlan, ReplaySite, replayed_environment
from oi_cli.replay.recording import Recording
from oi_cli.replay.settings import said_of_settings
from oi_common.market.buckets import IST

DAY = date(2026, 11, 18)
AT, LATER = (datetime(2026, 11, 18, hour, 5, tzinfo=IST) for hour in (10, 11))
RULES = {"POLL_SECONDS": "60", "SNAPSHOT_RULE": "change_and_new_bucket", "INDICES": "NIFTY"}


def told(**changes):
    return {"bucketer": {**RULES, **changes}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A recorded day, and an environment that says nothing of settings."""
    for name in (*RULES, "POLL_SECONDS_FILE", "SIMULATOR_URL", "LLM_BASE_URL", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def said(day, services=("bucketer",), *, present=False):
    return "\n".join(said_of_settings(day, services, present=present))


def environment(folder, name="bucketer", **changes):
    plan = replace(ReplayPlan(Recording(folder, DAY, ("BANKNIFTY",))), **changes)
    return replayed_environment(name, plan, ReplaySite(Path("/s"), 1, 0, 0, {name: 2}))


def test_a_day_keeps_what_was_told_and_comes_back_as_it_was(folder):
    note_settings(folder, told(), AT)

    kept = settings_of(folder)

    assert kept is not None
    assert kept == noted(None, told(), AT)
    assert kept.services == told()
    assert kept.rulebook.startswith("until 20")


def test_a_day_without_any_entry_gets_no_folder(tmp_path):
    note_settings(tmp_path / "2026-11-18", told(), AT)

    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_is_changed_during_the_day_is_noted_with_its_moment(folder):
    note_settings(folder, told(), AT)
    note_settings(folder, told(POLL_SECONDS="20"), LATER)
    note_settings(folder, {}, LATER)

    day = settings_of(folder)

    assert day.services["bucketer"]["POLL_SECONDS"] == "20"
    [change] = day.changes
    assert (change.name, change.old, change.new, change.at) == ("POLL_SECONDS", "60", "20", LATER.isoformat())
    assert (
        "bucketer POLL_SECONDS: was changed at 11:05:00 from 60 to 20, which the replay has all day"
        in said(day)
    )


def test_nothing_is_written_while_nothing_changes(folder):
    note_settings(folder, told(), AT)
    before = (folder / FILE).stat().st_ino

    note_settings(folder, told(), LATER)

    assert (folder / FILE).stat().st_ino == before


def test_a_replay_has_the_settings_of_the_day_and_watches_what_is_recorded(folder, monkeypatch):
    monkeypatch.setenv("POLL_SECONDS", "30")
    monkeypatch.setenv("SNAPSHOT_RULE_FILE", "/run/secrets/rule")
    note_settings(folder, told(), AT)

    now = environment(folder)

    assert (now["POLL_SECONDS"], now["SNAPSHOT_RULE"]) == ("60", "change_and_new_bucket")
    assert now["INDICES"] == "BANKNIFTY"
    assert "SNAPSHOT_RULE_FILE" not in now


def test_what_is_asked_for_counts_more_than_the_day_and_the_environment_counts_when_asked_for(
    folder, monkeypatch
):
    monkeypatch.setenv("POLL_SECONDS", "30")
    note_settings(folder, told(), AT)

    assert environment(folder, settings={"POLL_SECONDS": "90"})["POLL_SECONDS"] == "90"
    assert environment(folder, is_present=True)["POLL_SECONDS"] == "30"


def test_a_service_gets_its_own_settings_only(folder):
    note_settings(folder, {**told(), "ai-rich": {"AI_RICH_SECONDS": "9.0"}}, AT)

    assert "AI_RICH_SECONDS" not in environment(folder)
    assert environment(folder, "ai-rich")["AI_RICH_SECONDS"] == "9.0"


def test_a_model_of_the_day_is_no_reason_to_ask_one(folder, monkeypatch):
    monkeypatch.setenv("OPENROUTER_API_KEY", "live")
    monkeypatch.setenv("LLM_BASE_URL", "http://127.0.0.1:1/v1")
    note_settings(folder, {"ai-rich": {"AI_RICH_MODEL": "some/model"}}, AT)

    now = environment(folder, "ai-rich")

    assert now["AI_RICH_MODEL"] == "some/model"
    assert not {"OPENROUTER_API_KEY", "LLM_BASE_URL"} & now.keys()


def test_where_a_model_is_may_be_said_by_the_environment_or_asked_for(folder, monkeypatch):
    monkeypatch.setenv("LLM_BASE_URL", "http://127.0.0.1:1/v1")

    of_environment = environment(folder, "ai-rich", settings={"AI_RICH_MODEL": "another/model"})
    asked_for = environment(folder, "ai-rich", settings={"LLM_BASE_URL": "http://127.0.0.1:2/v1"})

    assert of_environment["LLM_BASE_URL"] == "http://127.0.0.1:1/v1"
    assert asked_for["LLM_BASE_URL"] == "http://127.0.0.1:2/v1"


def test_differences_from_the_present_settings_are_named(folder, monkeypatch):
    monkeypatch.setenv("POLL_SECONDS", "30")
    monkeypatch.setenv("INDICES", "NIFTY")
    day = noted(None, told(), AT)

    lines = said(day)

    assert "with the settings of the day" in lines
    assert "bucketer POLL_SECONDS: 60 on the day, 30 at present" in lines
    assert "SNAPSHOT_RULE" not in lines
    assert "INDICES" not in lines
    assert "the environment's settings, as --present asks" in said(day, present=True)


def test_another_rulebook_is_named(folder):
    day = replace(noted(None, told(), AT), rulebook="until 2020-12-31, 0123456789ab")

    assert "rulebook: until 2020-12-31, 0123456789ab on the day, until 20" in said(day)


def test_what_the_recording_does_not_say_is_said(folder):
    assert "does not say with which settings" in said(None)
    assert "ai-rich was not there on the day" in said(noted(None, told(), AT), ("bucketer", "ai-rich"))


def test_an_environment_that_makes_no_sense_is_no_reason_not_to_replay(folder, monkeypatch):
    monkeypatch.setenv("POLL_SECONDS", "7")

    assert "cannot be said: POLL_SECONDS" in said(noted(None, told(), AT))
