"""Telegram through python-telegram-bot: its limiter keeps the pace, its errors become ours."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from notifier.adapters.telegram_errors import translated
from notifier.core.commands import COMMANDS
from notifier.core.text import CAPTION_UNITS, MESSAGE_UNITS, Text, shortened, split
from notifier.ports import Answer, Button, NotSent, Question, Refused, Unsure

_POLL_SECONDS: Final = 20
_ANSWERS_WITHIN: Final = 15.0
_WAITS_FOR_FLOOD: Final = 2  # how often an answer waits in the limiter, as told; a note waits in the outbox

Bot = ExtBot[Any]


class Telegram:
    """The bot. Long texts are sent in parts; the number is that of the last.

    Flood control stops a note with NotSent and the seconds to wait, so that a service which is to end can; an
    answer is worth waiting for.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._offset = 0

    async def register(self) -> None:
        """Show the menu of commands, and take updates by asking. Raises NotSent."""
        menu = [BotCommand(name, what) for name, what in COMMANDS.items()]
        with translated():
            await self._bot.delete_webhook()
            await self._bot.set_my_commands(menu)

    async def send(
        self,
        chat_id: int,
        text: Text,
        *,
        picture: bytes | None = None,
        silently: bool = False,
        buttons: Sequence[Sequence[Button]] = (),
        is_answer: bool = False,
    ) -> int:
        tries = _WAITS_FOR_FLOOD if is_answer else None
        if picture is not None:
            caption = shortened(text, CAPTION_UNITS).html
            with translated():
                sent = await self._bot.send_photo(
                    chat_id, picture, caption=caption, parse_mode=ParseMode.HTML,
                    disable_notification=silently, reply_markup=_keyboard(buttons), rate_limit_args=tries,
                )  # fmt: skip
            return sent.message_id
        first, *more = split(text, MESSAGE_UNITS)
        sent = await self._send_text(chat_id, first, () if more else buttons, silently=silently, tries=tries)
        for place, part in enumerate(more, start=1):
            last = buttons if place == len(more) else ()
            try:
                sent = await self._send_text(chat_id, part, last, silently=silently, tries=tries)
            except NotSent as e:
                raise Unsure(f"only {place} of {len(more) + 1} parts were sent: {e}") from e
        return sent.message_id

    async def edit(self, question: Question, answer: Answer, picture: bytes | None) -> None:
        chat_id, message_id = question.chat_id, question.message_id
        how: dict[str, Any] = {
            "reply_markup": _keyboard(answer.buttons), "rate_limit_args": _WAITS_FOR_FLOOD,
        }  # fmt: skip
        has_caption = picture is not None or question.has_picture
        said = shortened(answer.text, CAPTION_UNITS if has_caption else MESSAGE_UNITS).html
        with translated():
            if picture is not None:
                media = InputMediaPhoto(picture, caption=said, parse_mode=ParseMode.HTML)
                await self._bot.edit_message_media(media, chat_id, message_id, **how)
            elif has_caption:
                await self._bot.edit_message_caption(
                    chat_id, message_id, caption=said, parse_mode=ParseMode.HTML, **how
                )
            else:
                await self._bot.edit_message_text(said, chat_id, message_id, parse_mode=ParseMode.HTML, **how)

    async def questions(self) -> Sequence[Question]:
        with translated():
            updates = await self._bot.get_updates(
                offset=self._offset, timeout=_POLL_SECONDS, allowed_updates=["message", "callback_query"]
            )
        if updates:
            self._offset = updates[-1].update_id + 1
        return [question for update in updates if (question := _question(update)) is not None]

    async def acknowledge(self, question: Question) -> None:
        if question.press_id is not None:
            with suppress(Refused), translated():  # a press that has waited too long is answered all the same
                await self._bot.answer_callback_query(question.press_id)

    async def _send_text(
        self,
        chat_id: int,
        part: Text,
        buttons: Sequence[Sequence[Button]],
        *,
        silently: bool,
        tries: int | None,
    ) -> Message:
        with translated():
            return await self._bot.send_message(
                chat_id, part.html, parse_mode=ParseMode.HTML, disable_notification=silently,
                link_preview_options=LinkPreviewOptions(is_disabled=True), reply_markup=_keyboard(buttons),
                rate_limit_args=tries,
            )  # fmt: skip


@asynccontextmanager
async def telegram(token: str, base_url: str) -> AsyncIterator[Telegram]:
    """Lend the bot. Raises NotSent while Telegram is away, Misconfigured for a token it does not know."""
    bot: Bot = ExtBot(
        token,
        base_url=base_url,
        request=_requests(8),
        get_updates_request=_requests(2),
        rate_limiter=AIORateLimiter(),
    )
    try:
        with translated():
            await bot.initialize()
        structlog.get_logger().info("telegram.connected", bot=bot.username)
        yield Telegram(bot)
    finally:
        await bot.shutdown()


def _requests(connections: int) -> HTTPXRequest:
    return HTTPXRequest(connections, _ANSWERS_WITHIN, _ANSWERS_WITHIN, _ANSWERS_WITHIN, _ANSWERS_WITHIN)


def _keyboard(buttons: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(says, callback_data=does) for says, does in row] for row in buttons]
    )


def _question(update: Update) -> Question | None:
    press = update.callback_query
    if press is not None:
        if press.message is None or not press.data:
            return None
        is_photo = bool(getattr(press.message, "photo", ()))
        return Question(
            press.message.chat.id, press.data, press.message.message_id, press.id, has_picture=is_photo
        )
    if update.message is None or not update.message.text:
        return None
    return Question(update.message.chat.id, update.message.text)
