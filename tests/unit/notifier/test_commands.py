"""What is read from what a person typed, and the settings."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.commands import COMMANDS, Asked, asked, chain_of
from notifier.core.pictures import Picture
from notifier.settings import CONSOLE, Settings
from oi_common.errors import Misconfigured

INDICES = ("NIFTY", "BANKNIFTY")
EXPIRIES = [date(2026, 11, 24), date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("/chain", Asked("chain")),
        ("/chain@oi_monitor_bot banknifty", Asked("chain", "BANKNIFTY")),
        ("/chain NIFTY 2026-12-01", Asked("chain", "NIFTY", date(2026, 12, 1))),
        ("/oi 1dec nifty", Asked("oi", "NIFTY", day_month=(1, 12))),
        ("/diff NIFTY 10:30 11:15", Asked("diff", "NIFTY", times=(time(10, 30), time(11, 15)))),
        ("/mute 90", Asked("mute", minutes=90)),
        ("/mute oi_spike", Asked("mute", rest=("oi_spike",))),
        ("/diff 25:00 99", Asked("diff", minutes=99, rest=("25:00",))),
    ],
)
def test_a_command_is_read_with_its_arguments_in_any_order(said, meant):
    assert asked(said, INDICES) == meant


@pytest.mark.parametrize("said", ["", "  ", "hello", "/", "/@bot"])
def test_what_is_no_command_is_none(said):
    assert asked(said, INDICES) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(said):
    found = asked("/" + said, INDICES)

    assert found is None or found.name == found.name.lower()


def test_the_nearest_expiry_is_meant_where_none_is_named():
    assert chain_of(Asked("chain"), EXPIRIES) == EXPIRIES[0]
    assert chain_of(Asked("chain", day_month=(1, 12)), EXPIRIES) == EXPIRIES[1]
    assert chain_of(Asked("chain", expiry=date(2027, 1, 1)), EXPIRIES) is None
    assert chain_of(Asked("chain"), []) is None


def test_the_menu_is_what_telegram_takes():
    assert all(
        name.isalpha() and name == name.lower() and len(what) <= 256 for name, what in COMMANDS.items()
    )


def test_a_picture_is_named_so_that_it_can_be_drawn_again():
    picture = Picture("chain", "NIFTY", EXPIRIES[0], datetime(2026, 11, 18, 10, 33))  # noqa: DTZ001

    assert Picture.named(picture.name) == picture


def test_without_a_token_there_is_one_chat_the_log():
    settings = Settings(telegram_chat_ids=(5,))

    assert settings.is_dry_run
    assert settings.chats == (CONSOLE,)


def test_chats_hours_and_rules_are_read_from_the_environment(monkeypatch):
    token = "123456:abc"  # pragma: allowlist secret
    for name, value in (
        ("TELEGRAM_BOT_TOKEN", token), ("TELEGRAM_CHAT_IDS", "1001, -1002"), ("SILENT_HOURS", "22:30-07:15"),
        ("ALERTS_OFF", "gap,budget"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)

    settings = Settings.load()

    assert settings.chats == (1001, -1002)
    assert settings.silent_hours.begins == time(22, 30)
    assert settings.alerts_off == ("gap", "budget")
    assert token not in repr(settings)


def test_a_rule_that_there_is_not_is_named(monkeypatch):
    monkeypatch.setenv("ALERTS_OFF", "oi_spike,nonsense")

    with pytest.raises(Misconfigured, match="ALERTS_OFF: there is no rule nonsense"):
        Settings.load()
