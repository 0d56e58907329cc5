"""The outbox on each database: each note once, a number a day, and no two senders of one note."""

import asyncio
from datetime import datetime, timedelta

import pytest

from notifier.adapters.chats import Chat, Chats
from notifier.adapters.outbox import Outbox
from notifier.core.notes import Note
from notifier.core.text import bold, text
from oi_common.database import Database
from oi_common.market.buckets import IST

NOW = datetime(2026, 11, 18, 10, 34, tzinfo=IST)


@pytest.fixture
def database(any_database_url):
    database = Database(any_database_url)
    yield database
    database.close()


def outbox(database, chats=(1,), most=40):
    return Outbox(database, chats, most)


def note(number=0, severity="info", topic="t", cooldown=timedelta(0), rule="oi_spike", minutes=0):
    at = NOW + timedelta(minutes=minutes)
    return Note(
        f"n{number}", rule, topic, severity, at, f"title {number}", text("a", bold("<b>")), cooldown=cooldown
    )


async def ids(box, chat_id=1):
    return [each.event_id for each in (await box.waiting()).get(chat_id, [])]


async def test_a_note_waits_for_each_chat_once_however_often_it_is_put(database):
    box = outbox(database, chats=(1, 2))

    for _ in range(3):
        await box.put([note()], NOW)

    waiting = await box.waiting()
    assert {chat: len(notes) for chat, notes in waiting.items()} == {1: 1, 2: 1}
    assert waiting[1][0].text == text("a", bold("<b>"))
    assert waiting[1][0].at == NOW


async def test_replicas_that_put_at_once_keep_to_the_day_s_number(database):
    replicas = [outbox(database, most=20) for _ in range(4)]

    await asyncio.gather(
        *(box.put([note(10 * n + m)], NOW) for n, box in enumerate(replicas) for m in range(8))
    )

    assert len(await ids(replicas[0])) == 11  # 55 % of 20 for what is only information
    assert await replicas[0].held_on(NOW.date()) == {"oi_spike": 21}


async def test_the_grave_and_the_reports_still_find_room(database):
    box = outbox(database, most=20)
    await box.put([note(n) for n in range(20)], NOW)

    await box.put([note(100, "critical"), note(101, "report")], NOW)

    assert {"n100", "n101"} <= set(await ids(box))


async def test_another_day_has_its_own_number(database):
    box = outbox(database, most=5)
    await box.put([note(n) for n in range(10)], NOW)

    await box.put([note(100, minutes=24 * 60)], NOW)

    assert "n100" in await ids(box)


async def test_two_notes_on_one_topic_are_a_cooldown_apart(database):
    box, apart = outbox(database), timedelta(minutes=30)

    await box.put(
        [note(n, topic="pcr", cooldown=apart, minutes=m) for n, m in enumerate([0, 29, 30, 45, 60])], NOW
    )

    assert await ids(box) == ["n0", "n2", "n4"]


async def test_what_a_chat_has_muted_does_not_wait(database):
    box = outbox(database, chats=(1, 2))
    await Chats(database).save(Chat(1, muted_rules=frozenset({"oi_spike"})), NOW)
    await Chats(database).save(Chat(2, muted_until=NOW + timedelta(minutes=5)), NOW)

    await box.put([note(0), note(1, "critical", rule="stale"), note(2, "warning", rule="gap")], NOW)

    assert await ids(box, 1) == ["n1", "n2"]
    assert await ids(box, 2) == ["n1"]
    assert (await Chats(database).chat(2)).muted_until == NOW + timedelta(minutes=5)


async def test_only_one_of_two_senders_gets_a_note(database):
    box, other = outbox(database), outbox(database)
    await box.put([note()], NOW)
    ((waiting,),) = (await box.waiting()).values()

    claims = await asyncio.gather(box.claim(waiting), other.claim(waiting))

    assert sorted(claims) == [False, True]


async def test_what_was_being_sent_when_its_sender_died_is_not_sent_again_but_named(database):
    box = outbox(database)
    await box.put([note(0), note(1)], NOW)
    first = (await box.waiting())[1][0]
    await box.claim(first)

    await box.unsure_of()

    assert await ids(box) == ["n1"]
    assert await box.unsure_titles(1) == ["title 0"]
    await box.told_unsure(1)
    assert await box.unsure_titles(1) == []


async def test_a_note_that_was_certainly_not_sent_waits_again(database):
    box = outbox(database)
    await box.put([note()], NOW)
    ((waiting,),) = (await box.waiting()).values()
    await box.claim(waiting)

    await box.put_back(waiting)

    assert await ids(box) == ["n0"]


async def test_late_notes_are_replaced_by_their_summary_once(database):
    box = outbox(database)
    await box.put([note(n) for n in range(3)], NOW)
    merged = (await box.waiting())[1]
    summary = Note("summary:n0", "summary", "summary", "report", NOW, "3 late messages", text("x"))

    await box.merge(merged, summary, NOW)
    await box.merge(merged, summary, NOW)

    assert await ids(box) == ["summary:n0"]


async def test_a_chat_that_has_blocked_the_bot_is_written_to_no_more(database):
    box = outbox(database, chats=(1, 2))
    await box.put([note(0)], NOW)

    await box.drop(1, NOW)
    await box.put([note(1)], NOW)

    assert await ids(box, 1) == []
    assert await ids(box, 2) == ["n0", "n1"]
