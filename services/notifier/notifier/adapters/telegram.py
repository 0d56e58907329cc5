"""Telegram through python-telegram-bot: its limiter keeps the pace, its errors become ours."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import httpx
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
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from notifier.core.commands import COMMANDS
from notifier.core.text import CAPTION_UNITS, MESSAGE_UNITS, Text, shortened, split
from notifier.ports import Answer, Blocked, Button, NotSent, Question, Refused, Unsure
from oi_common.errors import Misconfigured

_POLL_SECONDS: Final = 20
_ANSWERS_WITHIN: Final = 15.0
_WAITS_FOR_FLOOD: Final = 2  # how often the limiter waits as told before it gives up
_NOT_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE: Final = ("chat not found", "user is deactivated", "bot was kicked", "group chat was")

Bot = ExtBot[Any]


class Telegram:
    """The bot. Long texts are sent in parts; the number is that of the last."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._offset = 0

    async def register(self) -> None:
        """Show the menu of commands, and take updates by asking. Raises NotSent."""
        menu = [BotCommand(name, what) for name, what in COMMANDS.items()]
        with _translated():
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
    ) -> int:
        if picture is not None:
            caption = shortened(text, CAPTION_UNITS).html
            with _translated():
                sent = await self._bot.send_photo(
                    chat_id, picture, caption=caption, parse_mode=ParseMode.HTML,
                    disable_notification=silently, reply_markup=_keyboard(buttons),
                )  # fmt: skip
            return sent.message_id
        first, *more = split(text, MESSAGE_UNITS)
        sent = await self._send_text(chat_id, first, () if more else buttons, silently=silently)
        for place, part in enumerate(more, start=1):
            last = buttons if place == len(more) else ()
            try:
                sent = await self._send_text(chat_id, part, last, silently=silently)
            except NotSent as e:
                raise Unsure(f"only {place} of {len(more) + 1} parts were sent: {e}") from e
        return sent.message_id

    async def edit(self, question: Question, answer: Answer, picture: bytes | None) -> None:
        chat_id, message_id = question.chat_id, question.message_id
        keyboard = _keyboard(answer.buttons)
        with _translated():
            if picture is not None:
                caption = shortened(answer.text, CAPTION_UNITS).html
                media = InputMediaPhoto(picture, caption=caption, parse_mode=ParseMode.HTML)
                await self._bot.edit_message_media(media, chat_id, message_id, reply_markup=keyboard)
            else:
                said = shortened(answer.text, MESSAGE_UNITS).html
                await self._bot.edit_message_text(
                    said, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
                )

    async def questions(self) -> Sequence[Question]:
        with _translated():
            updates = await self._bot.get_updates(
                offset=self._offset, timeout=_POLL_SECONDS, allowed_updates=["message", "callback_query"]
            )
        if updates:
            self._offset = updates[-1].update_id + 1
        return [question for update in updates if (question := _question(update)) is not None]

    async def acknowledge(self, question: Question) -> None:
        if question.press_id is not None:
            with _translated():
                await self._bot.answer_callback_query(question.press_id)

    async def _send_text(
        self, chat_id: int, part: Text, buttons: Sequence[Sequence[Button]], *, silently: bool
    ) -> Message:
        with _translated():
            return await self._bot.send_message(
                chat_id, part.html, parse_mode=ParseMode.HTML, disable_notification=silently,
                link_preview_options=LinkPreviewOptions(is_disabled=True), reply_markup=_keyboard(buttons),
            )  # fmt: skip


@asynccontextmanager
async def telegram(token: str, base_url: str) -> AsyncIterator[Telegram]:
    """Lend the bot. Raises NotSent while Telegram is away, Misconfigured for a token it does not know."""
    bot: Bot = ExtBot(
        token,
        base_url=base_url,
        request=_requests(8),
        get_updates_request=_requests(2),
        rate_limiter=AIORateLimiter(max_retries=_WAITS_FOR_FLOOD),
    )
    try:
        with _translated():
            await bot.initialize()
        structlog.get_logger().info("telegram.connected", bot=bot.username)
        yield Telegram(bot)
    finally:
        await bot.shutdown()


def _requests(connections: int) -> HTTPXRequest:
    return HTTPXRequest(connections, _ANSWERS_WITHIN, _ANSWERS_WITHIN, _ANSWERS_WITHIN, _ANSWERS_WITHIN)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except InvalidToken as e:
        raise Misconfigured("TELEGRAM_BOT_TOKEN: Telegram does not know this token") from e
    except RetryAfter as e:
        raise NotSent(f"telegram: {e}", _seconds(e)) from e
    except (Forbidden, ChatMigrated) as e:
        raise Blocked(str(e)) from e
    except BadRequest as e:
        if "not modified" in str(e).lower():
            return
        raise (Blocked if any(word in str(e).lower() for word in _GONE) else Refused)(str(e)) from e
    except NetworkError as e:
        raise _network(e) from e
    except Conflict as e:
        raise NotSent(f"telegram: {e}") from e
    except TelegramError as e:
        raise Refused(str(e)) from e


def _network(error: NetworkError) -> Exception:
    """Tell what certainly did not arrive from what may have."""
    cause = error.__cause__
    if isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NOT_CONNECTED):
        return Unsure(f"telegram: {error}")
    return NotSent(f"telegram: {error}")  # no connection, or an answer that says no


def _seconds(error: RetryAfter) -> float:
    after = error._retry_after  # noqa: SLF001 the public one changes its type between versions
    return float(after.total_seconds())


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
        return Question(press.message.chat.id, press.data, press.message.message_id, press.id)
    if update.message is None or not update.message.text:
        return None
    return Question(update.message.chat.id, update.message.text)
