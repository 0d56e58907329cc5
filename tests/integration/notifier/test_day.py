"""A whole day with all rules on: few messages, none twice, and a killed notifier tells each chat the same ones."""

import shutil
from datetime import timedelta

import pytest

from notifier.adapters.chats import Chat, Chats
from notifier.core.choices import Choices
from notifier.core.choosing import chosen
from notifier.core.rules import RULES
from oi_common.database import Database
from oi_common.events import stream_of
from oi_common.wire import encode
from support.told import Step, Telling, acknowledged, just_published, kept_and_not_yet_sent, tell
from support.told_day import CLOSES, INDICES, events, write_eventful_day
from support.trader import NOW

MOST = 40
USUAL, CHOSEN = 1001, 1002
OPENS = CLOSES.replace(hour=9, minute=15)
BUCKETS = 3  # in a step: nine minutes, so that nothing is late
SPOKEN_OF = {*RULES, "brief", "close", "decision", "trade", "redis_memory"} - {"stale"}
ENVIRONMENT = {"INDICES": ",".join(INDICES), "ALERTS_OFF": "", "TELEGRAM_CHAT_IDS": f"{USUAL},{CHOSEN}"}
CHOICES = ("spike 50", "pcr middle 1.1", "straddle cooldown 10", "gap severity critical")
KILLS = {5: just_published, 18: kept_and_not_yet_sent, 35: acknowledged}


def steps():
    day = list(events())
    return [
        Step(OPENS + timedelta(minutes=3 * (first + BUCKETS)), entries_of(day[first : first + BUCKETS]))
        for first in range(0, len(day), BUCKETS)
    ]


def entries_of(buckets):
    return [(stream_of(type(event), name), encode(event)) for _, said in buckets for event, name in said]


@pytest.fixture
async def day(sqlite_url):
    """The rows of a day that is over, and what one of the two chats has chosen."""
    write_eventful_day(sqlite_url)
    choices = Choices()
    for words in CHOICES:
        choices, _ = chosen(words.split(), choices)
    database = Database(sqlite_url)
    await Chats(database).save(Chat(CHOSEN, choices=choices), NOW)
    database.close()
    return sqlite_url


@pytest.fixture
def play(notifier, day, redis_url, tmp_path, chat):
    """Play the day to a notifier that is killed in some of its steps; return what it told, and each chat's texts."""

    def played(name, kills):
        shutil.copy(day.removeprefix("sqlite:///"), tmp_path / name)
        environment = {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path / name}"}
        telling, before = Telling(redis_url, environment["DATABASE_URL"]), len(chat.sent())
        told = tell(telling, steps(), lambda: notifier(**environment), kills, CLOSES + timedelta(minutes=9))
        telling.end()
        arrived = chat.sent()[before:]
        return [(m.chat_id, m.event_id, m.rule, m.title) for m in told], [
            [each["text"] for each in arrived if each["chat_id"] == chat_id] for chat_id in (USUAL, CHOSEN)
        ]

    return played


def test_a_day_s_messages_are_few_distinct_and_the_same_after_three_kills(play):
    undisturbed, texts = play("undisturbed.db", {})

    disturbed, texts_after = play("disturbed.db", KILLS)

    assert disturbed == undisturbed
    assert {rule for chat_id, _, rule, _ in undisturbed if chat_id == USUAL} == SPOKEN_OF
    assert len(undisturbed) == sum(map(len, texts))
    assert max(map(len, texts)) <= MOST
    titles = [{title for chat_id, *_, title in undisturbed if chat_id == each} for each in (USUAL, CHOSEN)]
    assert titles[0] - titles[1], "the chat that has chosen otherwise is told all the same"
    assert titles[1] - titles[0]
    for arrived in (*texts, *texts_after):
        assert len(set(arrived)) == len(arrived)
