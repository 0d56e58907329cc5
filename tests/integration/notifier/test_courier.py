"""The courier and the real library against the simulated Telegram, with its faults."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from notifier.adapters.chats import Chat, Chats
from notifier.adapters.outbox import Outbox
from notifier.adapters.telegram import telegram
from notifier.core.choices import Choices, RuleChoice
from notifier.core.notes import Note
from notifier.core.quiet import SilentHours
from notifier.core.text import bold, text
from notifier.courier import Courier
from notifier.ports import NotSent
from oi_common.database import Database
from oi_common.tables import alerts_sent
from simulator.core.bot_chats import BOT_TOKEN
from simulator.testing import ManualClock
from support.trader import NOW

SPECIAL = r"_*[]()~`>#+-=|{}.!\<b>&amp;"


class NoPainter:
    async def paint(self, picture):
        raise AssertionError(picture)


@pytest.fixture
def database(sqlite_url):
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def couriers(exchange, database, clock):
    """Make a courier for some chats, with its outbox."""

    @asynccontextmanager
    async def make(*chats):
        box = Outbox(database, chats or (1001,), 40)
        base_url = exchange.environment("127.0.0.1")["TELEGRAM_BASE_URL"]
        async with telegram(BOT_TOKEN, base_url) as bot:
            silent = SilentHours(NOW.time(), NOW.time())
            yield Courier(box, bot, NoPainter(), clock, stale_after=timedelta(minutes=10), silent=silent), box

    return make


def note(number=0, words="hello", minutes=0, severity="info"):
    at = NOW - timedelta(minutes=minutes)
    return Note(f"n{number}", "oi_spike", f"t{number}", severity, at, f"title {number}", text(bold(words)))


async def soon(is_so, *, within):
    """Ask until the answer is yes, and let the courier run meanwhile."""
    async with asyncio.timeout(within):
        while not is_so():
            await asyncio.sleep(0.05)


def states(database):
    statement = select(alerts_sent.c.event_id, alerts_sent.c.state).order_by(alerts_sent.c.event_id)
    return dict(
        database.run_blocking(lambda connection: [tuple(row) for row in connection.execute(statement)])
    )


async def test_notes_arrive_in_order_with_every_character(couriers, chat, database):
    async with couriers() as (courier, box):
        await box.put([note(0, SPECIAL), note(1, severity="critical")], NOW)
        await courier.deliver(asyncio.Event())
        await courier.deliver(asyncio.Event())

    assert chat.texts() == [SPECIAL, "hello"]
    assert [each["is_silent"] for each in chat.sent()] == [True, False]
    assert states(database) == {"n0": "sent", "n1": "sent"}


async def test_flood_control_is_waited_out_as_long_as_was_said_and_not_longer(couriers, chat, database):
    chat.turn(telegram_429={"value": 2, "times": 1, "endpoint": "sendMessage"})
    stop = asyncio.Event()

    async with couriers() as (courier, box):
        await box.put([note()], NOW)
        began = asyncio.get_running_loop().time()
        running = asyncio.create_task(courier.run(stop))
        await soon(lambda: states(database) == {"n0": "sent"}, within=20)
        waited = asyncio.get_running_loop().time() - began
        stop.set()
        await running

    assert chat.texts() == ["hello"]
    assert waited >= 2


async def test_a_service_that_waits_for_flood_control_can_end(couriers, chat, database):
    chat.turn(telegram_429={"value": 3600, "times": 1, "endpoint": "sendMessage"})
    stop = asyncio.Event()

    async with couriers() as (courier, box):
        await box.put([note()], NOW)
        running = asyncio.create_task(courier.run(stop))
        await soon(lambda: not chat.faults()["telegram_429"], within=20)
        stop.set()
        await asyncio.wait_for(running, 20)

    assert states(database) == {"n0": "pending"}


@pytest.mark.parametrize("fault", [{"telegram_5xx": {"value": 502}}, {"telegram_5xx": {"value": 500}}])
async def test_what_telegram_refuses_for_now_is_sent_later(couriers, chat, database, fault):
    async with couriers() as (courier, box):
        await box.put([note()], NOW)
        chat.turn(**fault)
        with pytest.raises(NotSent):
            await courier.deliver(asyncio.Event())
        assert states(database) == {"n0": "pending"}
        chat.calm()
        await courier.deliver(asyncio.Event())

    assert chat.texts() == ["hello"]


async def test_a_flood_that_lasts_is_waited_out_as_long_as_was_said(couriers, chat, database):
    async with couriers() as (courier, box):
        await box.put([note()], NOW)
        chat.turn(telegram_429=1)
        with pytest.raises(NotSent) as told:
            await courier.deliver(asyncio.Event())

    assert told.value.after == 1
    assert states(database) == {"n0": "pending"}


async def test_a_lost_answer_makes_no_second_message_and_the_next_one_says_so(couriers, chat, database):
    async with couriers() as (courier, box):
        chat.turn(telegram_lost={"value": True, "times": 1, "endpoint": "sendMessage"})
        await box.put([note(0, "first")], NOW)
        await courier.deliver(asyncio.Event())
        await box.put([note(1, "second"), note(2, "third")], NOW)
        await courier.deliver(asyncio.Event())

    assert chat.texts() == ["first", "second\nmay or may not have arrived:\ntitle 0", "third"]
    assert states(database) == {"n0": "unsure", "n1": "sent", "n2": "sent"}


async def test_a_chat_that_blocked_the_bot_is_dropped_and_the_others_go_on(couriers, chat, database):
    chat.turn(telegram_blocked=1001)

    async with couriers(1001, 1002) as (courier, box):
        await box.put([note(0), note(1)], NOW)
        await courier.deliver(asyncio.Event())

    assert [each["chat_id"] for each in chat.sent()] == [1002, 1002]
    assert (await Chats(database).chat(1001)).is_blocked


async def test_after_an_outage_one_summary_takes_the_place_of_the_late(couriers, chat, clock, database):
    async with couriers() as (courier, box):
        await box.put([note(n, f"late {n}") for n in range(5)], NOW)
        clock.advance(timedelta(minutes=45))
        await courier.deliver(asyncio.Event())
        await courier.deliver(asyncio.Event())

    (words,) = chat.texts()
    assert words.startswith("🕗 5 messages of 10:34 to 10:34, too late to act on")
    assert all(f"title {n}" in words for n in range(5))
    assert set(states(database).values()) == {"merged", "sent"}


async def test_a_chat_s_own_silent_hours_keep_its_notes_back_and_those_of_a_rule_only_the_rule_s(
    couriers, chat, database
):
    silent = SilentHours(time(10), time(11))
    await Chats(database).save(Chat(1002, choices=Choices(silent=silent)), NOW)
    of_a_rule = {"oi_spike": RuleChoice(silent=silent)}
    await Chats(database).save(Chat(1003, choices=Choices(of_a_rule)), NOW)

    async with couriers(1001, 1002, 1003) as (courier, box):
        await box.put([note(0, "info"), replace(note(1, "of another rule"), rule="gap")], NOW)
        await box.put([note(2, "critical", severity="critical")], NOW)
        await courier.deliver(asyncio.Event())

    said = [(each["chat_id"], each["text"]) for each in chat.sent()]
    assert [words for number, words in said if number == 1001] == ["info", "of another rule", "critical"]
    assert [words for number, words in said if number == 1002] == ["critical"]
    assert [words for number, words in said if number == 1003] == ["of another rule", "critical"]


async def test_two_couriers_send_each_note_once(couriers, chat):
    async with couriers() as (courier, box), couriers() as (other, _):
        await box.put([note(n, str(n)) for n in range(6)], NOW)
        await asyncio.gather(courier.deliver(asyncio.Event()), other.deliver(asyncio.Event()))

    assert sorted(chat.texts()) == [str(n) for n in range(6)]
