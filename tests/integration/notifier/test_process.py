"""The notifier as a process: killed, asked, and left without a token."""

import signal
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import create_engine, select

from oi_common.events import AlertRaised
from oi_common.tables import alerts_sent
from support.processes import eventually
from support.trader import NOW, move_clock, publish, saved, write_day

STRANGER = 666
COMMANDS = (
    "start", "help", "status", "chain", "oi", "pcr", "maxpain", "straddle", "levels", "decision", "position", "pnl",
    "score", "alerts", "mute", "unmute", "quality",
)  # fmt: skip


def alert(title, severity="critical"):
    return AlertRaised(rule=f"rule {title}", severity=severity, raised_at=NOW, title=title, text="what to do")


def states(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(alerts_sent.c.title, alerts_sent.c.state)).all()
    engine.dispose()
    return {row.title: row.state for row in rows}


def alerts(chat):
    """Return what arrived of the market rules: an answer may be there twice, for its asker was killed."""
    return [each for each in chat.sent() if each["text"].startswith("🟢▲")]


def count_of(chat, title):
    return sum(title in words.splitlines()[0] for words in chat.texts())


def test_killed_between_sending_and_noting_it_the_message_is_not_sent_again(
    notifier, chat, redis_url, sqlite_url
):
    process = notifier()
    chat.turn(telegram_hang={"value": 30, "times": 1, "endpoint": "sendMessage"})
    publish(redis_url, alert("first"))
    eventually(lambda: count_of(chat, "first") == 1, within=20, what="the first message")
    assert states(sqlite_url) == {"first": "sending"}

    process.popen.send_signal(signal.SIGKILL)
    process.popen.wait(10)
    notifier()
    publish(redis_url, alert("second"))
    eventually(lambda: count_of(chat, "second") == 1, within=40, what="the second message")

    assert count_of(chat, "first") == 1
    assert chat.texts()[1].endswith("may or may not have arrived:\nfirst")
    eventually(
        lambda: states(sqlite_url) == {"first": "unsure", "second": "sent"}, within=10, what="its state"
    )


def test_killed_before_it_was_acknowledged_an_event_is_told_once(notifier, chat, redis_url, sqlite_url):
    """The entry is delivered again: the same event, and the same key."""
    process = notifier()
    publish(redis_url, alert("twice"))
    eventually(lambda: states(sqlite_url) == {"twice": "sent"}, within=20, what="the message")
    process.popen.send_signal(signal.SIGKILL)
    process.popen.wait(10)

    publish(redis_url, alert("twice"))
    notifier()
    publish(redis_url, alert("after"))
    eventually(lambda: count_of(chat, "after") == 1, within=40, what="the message after it")

    assert count_of(chat, "twice") == 1


def test_an_alert_of_the_day_s_rows_is_told_with_its_values(notifier, chat, redis_url, sqlite_url):
    times = write_day(
        sqlite_url, measures=lambda place: {"spot": 24512.35, "pcr_oi": 0.9 if place < 26 else 1.1}
    )
    notifier()

    for bucket in times[-2:]:
        publish(redis_url, saved(bucket), "NIFTY")
        publish(redis_url, saved(bucket), "NIFTY")
    eventually(lambda: chat.texts() != [], within=20, what="the alert")

    (words,) = chat.texts()
    assert words.splitlines()[0] == "🟢▲ NIFTY PCR above 1"
    assert "PCR: 0.90 → 1.10" in words
    assert "pcr_cross: no outcome yet" in words


def test_every_command_is_answered_and_a_stranger_gets_nothing(notifier, chat, sqlite_url):
    known = {"spot": 24512.35, "pcr_oi": 1.08, "atm_strike": 24500, "straddle": 212.4, "max_pain": 24500}
    legs = {"ce_oi": 1_000_000, "pe_oi": 2_000_000, "ce_ltp": 101.5, "pe_ltp": 98.0}
    write_day(
        sqlite_url,
        measures=lambda _: known,
        legs=lambda place, _: {**legs, "ce_oi": 1_000_000 + 1000 * place},
    )
    notifier()
    wait_for_pictures(chat)

    for command in (
        *COMMANDS,
        "chain NIFTY 24nov",
        "diff NIFTY 09:30 10:15",
        "diff",
        "mute nonsense",
        "nonsense",
    ):
        chat.say(f"/{command}", chat_id=STRANGER)
        with answered(chat):
            chat.say(f"/{command}")

    assert {message["chat_id"] for message in chat.sent()} == {1001}
    by_command = dict(zip(COMMANDS, chat.sent()[1:], strict=False))
    assert all(by_command[name]["photo_bytes"] for name in ("chain", "oi", "pcr", "quality"))
    assert "24512" in by_command["chain"]["text"].replace(",", "")
    assert "No decision" in by_command["decision"]["text"]
    assert "09:30 → 10:15" in chat.texts()[-4]


def test_what_a_chat_has_chosen_outlives_a_kill_and_moves_its_own_alerts_alone(
    notifier, chat, redis_url, sqlite_url
):
    environment = {"TELEGRAM_CHAT_IDS": "1001,1002"}
    times = write_day(sqlite_url, measures=lambda place: {"pcr_oi": 0.8 if place < 26 else 1.2})
    process = notifier(**environment)
    for words in ("/alerts pcr middle 0.9", "/alerts pcr severity critical"):
        with answered(chat):
            chat.say(words, chat_id=1002)
    process.kill()

    notifier(**environment)
    publish(redis_url, saved(times[-1]), "NIFTY")
    eventually(lambda: len(alerts(chat)) == 2, within=90, what="an alert for each chat")

    heads = {each["chat_id"]: each["text"].splitlines()[0] for each in alerts(chat)}
    assert heads == {1001: "🟢▲ NIFTY PCR above 1", 1002: "🟢▲ NIFTY PCR above 0.9"}
    assert {each["chat_id"]: not each["is_silent"] for each in alerts(chat)} == {1001: False, 1002: True}


def test_the_buttons_of_a_rule_s_page_change_it_in_place(notifier, chat):
    notifier()
    with answered(chat):
        chat.say("/alerts spike")
    (message,) = chat.sent()
    more = next(b["callback_data"] for b in message["buttons"][0] if "1.5 %" in b["text"])

    chat.press(message["message_id"], more, chat_id=1001)

    eventually(lambda: "threshold 1.5 %, usually 1.25 %" in chat.texts()[0], within=60, what="the change")
    assert len(chat.sent()) == 1


def test_a_button_changes_the_answer_above_it_and_a_stranger_s_press_does_not(notifier, chat, sqlite_url):
    write_day(sqlite_url, measures=lambda _: {"spot": 24512.35, "max_pain": 24500})
    notifier(INDICES="NIFTY,BANKNIFTY")
    with answered(chat):
        chat.say("/maxpain NIFTY")
    (message,) = chat.sent()
    assert [button["text"] for button in message["buttons"][0]] == ["NIFTY", "BANKNIFTY"]

    chat.press(message["message_id"], "/maxpain BANKNIFTY", chat_id=1001)

    eventually(lambda: "No such chain" in chat.texts()[0], within=20, what="the edited answer")
    assert len(chat.sent()) == 1


def test_without_a_token_messages_go_to_the_log_and_pictures_to_a_folder(
    notifier, chat, redis_url, sqlite_url, tmp_path
):
    move_clock(redis_url, NOW.replace(hour=9, minute=31))
    write_day(sqlite_url, measures=lambda _: {"spot": 24512.35}, until=NOW.replace(hour=9, minute=31))
    process = notifier(TELEGRAM_BOT_TOKEN="")
    publish(redis_url, saved(datetime(2026, 11, 18, 9, 30)), "NIFTY")  # noqa: DTZ001 IST wall time

    eventually(lambda: "NIFTY at 09:30" in process.output, within=90, what="the message in the log")
    assert [file.name for file in (tmp_path / "telegram").iterdir()] == ["0001.png"]
    assert chat.sent() == []


def wait_for_pictures(chat):
    """The first picture loads what draws."""
    with answered(chat):
        chat.say("/chain")


@contextmanager
def answered(chat):
    before = len(chat.sent())
    yield
    eventually(lambda: len(chat.sent()) > before, within=90, what="an answer", every=0.02)
