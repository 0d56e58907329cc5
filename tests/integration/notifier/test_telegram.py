"""The adapter and the real library against the simulated Telegram: lengths, entities, buttons."""

from struct import pack

import pytest

from notifier.adapters.telegram import telegram
from notifier.core.text import CAPTION_UNITS, MESSAGE_UNITS, bold, code, text
from notifier.ports import Answer
from simulator.core.bot_chats import BOT_TOKEN

CHAT = 1001
SPECIAL = r"_*[]()~`>#+-=|{}.!\<b>&amp;"
PNG = b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", 1080, 720) + b"\0" * 100


@pytest.fixture
async def bot(exchange):
    async with telegram(BOT_TOKEN, exchange.environment("127.0.0.1")["TELEGRAM_BASE_URL"]) as bot:
        yield bot


async def test_one_character_too_many_makes_two_messages_and_each_has_its_whole_entities(bot, chat):
    await bot.send(CHAT, text("x" * (MESSAGE_UNITS - 5), bold(SPECIAL[:6])))

    first, second = chat.sent()
    assert (len(first["text"]), len(second["text"])) == (MESSAGE_UNITS - 5, 6)
    assert second["html"] == f"<b>{SPECIAL[:6]}</b>"


async def test_an_entity_longer_than_a_message_is_marked_in_both(bot, chat):
    await bot.send(CHAT, bold("x" * (MESSAGE_UNITS + 1)))

    assert [len(each["text"]) for each in chat.sent()] == [MESSAGE_UNITS, 1]
    assert all(each["html"] == f"<b>{each['text']}</b>" for each in chat.sent())


async def test_a_caption_too_long_is_cut_outside_its_entities_and_says_so(bot, chat):
    await bot.send(CHAT, text("x" * (CAPTION_UNITS - 3), code(SPECIAL)), picture=PNG)

    (sent,) = chat.sent()
    assert sent["text"].endswith(" …")
    assert len(sent["text"]) <= CAPTION_UNITS


async def test_an_answer_waits_for_flood_control_by_itself(bot, chat):
    chat.turn(telegram_429={"value": 1, "times": 1, "endpoint": "sendMessage"})

    await bot.send(CHAT, text("here it is"), is_answer=True)

    assert chat.texts() == ["here it is"]


async def test_a_button_below_a_picture_may_be_answered_with_words(bot, chat):
    number = await bot.send(CHAT, text("old"), picture=PNG, buttons=((("again", "/chain"),),), is_answer=True)
    chat.press(number, "/chain")

    (question,) = await bot.questions()
    await bot.edit(question, Answer(text("no ", bold(SPECIAL))), None)

    assert chat.texts() == [f"no {SPECIAL}"]
    assert chat.sent()[0]["photo_bytes"] == len(PNG)
