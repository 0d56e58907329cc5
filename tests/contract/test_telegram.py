"""The real python-telegram-bot against the simulated Bot API."""

from struct import pack

import pytest
import requests
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter, ExtBot
from telegram.helpers import escape_markdown

from simulator.core.bot_chats import BOT_TOKEN, CHAT_ID

SPECIAL = r"_*[]()~`>#+-=|{}.!\<&"
PNG = b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", 1080, 720) + b"\0" * 100


@pytest.fixture
def base_url(exchange):
    return exchange.environment("127.0.0.1")["TELEGRAM_BASE_URL"]


@pytest.fixture
async def bot(base_url):
    async with ExtBot(BOT_TOKEN, base_url=base_url, rate_limiter=AIORateLimiter(max_retries=2)) as bot:
        yield bot


@pytest.fixture
def get(exchange):
    return lambda path: requests.get(f"{exchange.rest_url}/telegram/{path}", timeout=20)


@pytest.fixture
def sent(get):
    return lambda: get("sent").json()


@pytest.fixture
def post(exchange):
    return lambda path, **body: requests.post(f"{exchange.rest_url}/telegram/{path}", json=body, timeout=20)


async def test_a_bot_knows_its_name_and_registers_its_commands(bot):
    me = await bot.get_me()

    assert me.username == "oi_monitor_bot"
    assert await bot.set_my_commands([BotCommand("chain", "the chain")])
    assert (await bot.get_chat(CHAT_ID)).id == CHAT_ID
    assert await bot.delete_webhook()


async def test_a_wrong_token_is_refused(base_url):
    with pytest.raises(InvalidToken):
        async with ExtBot("123456:wrong", base_url=base_url):
            pass


@pytest.mark.parametrize("mode", ["MarkdownV2", None])
async def test_every_special_character_arrives_as_it_was(bot, sent, mode):
    text = escape_markdown(SPECIAL, version=2) if mode else SPECIAL

    await bot.send_message(CHAT_ID, text, parse_mode=mode)

    assert sent()[0]["text"] == SPECIAL


@pytest.mark.parametrize("letter", "_*[`>#+-=|{}.!~()")
async def test_an_unescaped_special_character_is_refused(bot, letter):
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        await bot.send_message(CHAT_ID, f"PCR 1{letter}2", parse_mode="MarkdownV2")


@pytest.mark.parametrize("text", ["<b>open", "<x>y</x>", "a < b", "<b><i>crossed</b></i>"])
async def test_broken_html_is_refused(bot, text):
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        await bot.send_message(CHAT_ID, text, parse_mode="HTML")


async def test_html_is_read_as_telegram_reads_it(bot, sent):
    await bot.send_message(CHAT_ID, "<b>NIFTY</b> <code>a &lt; b &amp; c</code>", parse_mode="HTML")

    assert sent()[0]["text"] == "NIFTY a < b & c"
    assert sent()[0]["html"] == "<b>NIFTY</b> <code>a &lt; b &amp; c</code>"


async def test_lengths_are_counted_after_the_markup_in_utf_16_units(bot, sent):
    await bot.send_message(CHAT_ID, "<b>" + "\U0001f7e2" * 2048 + "</b>", parse_mode="HTML")

    with pytest.raises(BadRequest, match=r"(?i)too long"):
        await bot.send_message(CHAT_ID, "\U0001f7e2" * 2048 + "x")
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await bot.send_photo(CHAT_ID, PNG, caption="x" * 1025)
    assert len(sent()) == 1


async def test_a_photo_arrives_whole_and_can_be_looked_at(bot, sent, get):
    message = await bot.send_photo(CHAT_ID, PNG, caption="the chain")

    assert sent()[0]["photo_bytes"] == len(PNG)
    assert get(f"photo/{message.message_id}.png").content == PNG
    assert "the chain" in get("").text


async def test_what_is_no_picture_is_refused(bot):
    with pytest.raises(BadRequest, match=r"(?i)image_PROCESS_FAILED"):
        await bot.send_photo(CHAT_ID, b"no picture")


async def test_a_person_is_heard_by_a_long_poll_and_only_once(bot, post):
    post("say", text="/chain NIFTY")

    (update,) = await bot.get_updates(timeout=5)

    assert update.message.text == "/chain NIFTY"
    assert update.message.chat.id == CHAT_ID
    assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()


async def test_a_pressed_button_comes_back_and_its_message_can_be_edited(bot, post, sent):
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("BANKNIFTY", callback_data="chain BANKNIFTY")]])
    message = await bot.send_message(CHAT_ID, "which?", reply_markup=keyboard)
    post("press", message_id=message.message_id, data="chain BANKNIFTY")

    (update,) = await bot.get_updates(timeout=5)
    await update.callback_query.answer()
    await bot.edit_message_text("done", CHAT_ID, message.message_id)

    assert update.callback_query.data == "chain BANKNIFTY"
    assert sent()[0]["text"] == "done"
    with pytest.raises(BadRequest, match=r"(?i)not modified"):
        await bot.edit_message_text("done", CHAT_ID, message.message_id)


async def test_a_photo_and_its_caption_can_be_edited(bot, sent):
    message = await bot.send_photo(CHAT_ID, PNG, caption="old")

    await bot.edit_message_caption(CHAT_ID, message.message_id, caption="new")
    await bot.edit_message_media(InputMediaPhoto(PNG + b"!", caption="newer"), CHAT_ID, message.message_id)

    assert (sent()[0]["text"], sent()[0]["photo_bytes"]) == ("newer", len(PNG) + 1)


async def test_flood_control_says_how_long_to_wait_and_the_limiter_waits(bot, switch, sent):
    switch(telegram_429={"value": 1, "times": 1, "endpoint": "sendMessage"})

    await bot.send_message(CHAT_ID, "in the end")

    assert [each["text"] for each in sent()] == ["in the end"]


async def test_without_a_limiter_flood_control_is_an_error(base_url, switch):
    switch(telegram_429={"value": 7, "endpoint": "sendMessage"})

    async with ExtBot(BOT_TOKEN, base_url=base_url) as bot:
        with pytest.raises(RetryAfter) as told:
            await bot.send_message(CHAT_ID, "too soon")

    assert told.value._retry_after.total_seconds() == 7


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        ({"telegram_5xx": 502}, NetworkError, 0),
        ({"telegram_drop": "before"}, NetworkError, 0),
        ({"telegram_lost": True}, NetworkError, 1),
        ({"telegram_blocked": CHAT_ID}, Forbidden, 0),
    ],
)
async def test_faults_are_what_the_library_knows_them_as(bot, switch, sent, fault, error, arrived):
    switch(**fault)

    with pytest.raises(error):
        await bot.send_message(CHAT_ID, "hello")

    assert len(sent()) == arrived
