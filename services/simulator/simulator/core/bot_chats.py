"""A Telegram of our own: the chats of one bot, what it sent them and what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from struct import unpack
from typing import Any, Final

from simulator.core.bot_text import BadEntities, Formatted, parsed

BOT_TOKEN: Final = "123456789:simulated-bot-token-of-nobody-at-all"  # noqa: S105 no real one  # pragma: allowlist secret
CHAT_ID: Final = 1001

_TEXT_UNITS, _CAPTION_UNITS = 4096, 1024
_PHOTO_BYTES, _PHOTO_SIDES, _PHOTO_RATIO = 10 * 1024 * 1024, 10_000, 20
_PNG = b"\x89PNG\r\n\x1a\n"
_BOT: Final = {"id": 123456789, "is_bot": True, "first_name": "OI Monitor", "username": "oi_monitor_bot"}


class Refused(Exception):
    """The Bot API says no: its error code and its words."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        more = {} if self.retry_after is None else {"parameters": {"retry_after": self.retry_after}}
        return {"ok": False, "error_code": self.code, "description": str(self), **more}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as a chat sees it now."""

    message_id: int
    chat_id: int
    at: int
    text: Formatted
    photo: bytes | None = None
    buttons: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    is_silent: bool = False
    edits: int = 0


@dataclass(slots=True)
class BotChats:
    """The bot's side of Telegram. `call` does what a method of the Bot API does; the rest is a person's side."""

    token: str = BOT_TOKEN
    sent: list[Sent] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    answered: list[Mapping[str, str]] = field(default_factory=list)
    commands: dict[str, Any] = field(default_factory=dict)
    counted: int = 0
    update_id: int = 0

    def call(self, method: str, given: Mapping[str, Any], photo: bytes | None, at: int) -> Any:
        """Return the result of a method. Raises Refused."""
        if method in {"sendMessage", "sendPhoto"}:
            return self._send(given, photo, at, is_photo=method == "sendPhoto")
        if method in {"editMessageText", "editMessageCaption", "editMessageMedia", "editMessageReplyMarkup"}:
            return self._edit(method, given, photo, at)
        if method == "answerCallbackQuery":
            self.answered.append(dict(given))
        if method == "setMyCommands":
            self.commands[str(given.get("scope", ""))] = given.get("commands")
        answers = {"getMe": _BOT, "getChat": _chat(int(given.get("chat_id", 0))), "deleteWebhook": True}
        answers |= dict.fromkeys(("answerCallbackQuery", "setMyCommands", "sendChatAction"), True)
        if method not in answers:
            raise Refused(404, "Not Found")
        return answers[method]

    def waiting(self, offset: int) -> list[dict[str, Any]]:
        """Return the updates from `offset` on, and forget those before it: so they are confirmed."""
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        return self.updates

    def say(self, chat_id: int, text: str, at: int) -> None:
        """A person writes to the bot."""
        message = {"message_id": self._number(), "date": at, "chat": _chat(chat_id), "from": _person(chat_id)}
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        self._update({"message": {**message, "text": text, "entities": entities}})

    def press(self, message_id: int, data: str, chat_id: int | None = None) -> None:
        """A person presses a button below a message. Raises StopIteration when there is no such message."""
        message = next(each for each in self.sent if each.message_id == message_id)
        person = _person(chat_id or message.chat_id)
        query = {"id": str(self._number()), "from": person, "chat_instance": "1", "data": data}
        self._update({"callback_query": {**query, "message": _as_message(message)}})

    def _update(self, content: Mapping[str, Any]) -> None:
        self.update_id += 1
        self.updates.append({"update_id": self.update_id, **content})

    def _number(self) -> int:
        self.counted += 1
        return self.counted

    def _send(self, given: Mapping[str, Any], photo: bytes | None, at: int, *, is_photo: bool) -> Any:
        if is_photo and photo is None:
            raise Refused(400, "Bad Request: there is no photo in the request")
        text = _text(given, is_caption=is_photo)
        if photo is not None:
            _check_photo(photo)
        silent = str(given.get("disable_notification", "")).lower() == "true"
        chat_id = int(given["chat_id"])
        sent = Sent(self._number(), chat_id, at, text, photo, _buttons(given), is_silent=silent)
        self.sent.append(sent)
        return _as_message(sent)

    def _edit(self, method: str, given: Mapping[str, Any], photo: bytes | None, at: int) -> Any:
        wanted = int(given["chat_id"]), int(given["message_id"])
        for place, old in enumerate(self.sent):
            if (old.chat_id, old.message_id) == wanted:
                if old.photo is not None and method == "editMessageText":
                    raise Refused(400, "Bad Request: there is no text in the message to edit")
                source = given.get("media") if isinstance(given.get("media"), Mapping) else given
                text = _text(source or given, is_caption=old.photo is not None)
                new = replace(old, at=at, text=text, photo=photo or old.photo, buttons=_buttons(given))
                if new == replace(old, at=at):
                    raise Refused(400, "Bad Request: message is not modified")
                self.sent[place] = replace(new, edits=old.edits + 1)
                return _as_message(self.sent[place])
        raise Refused(400, "Bad Request: message to edit not found")


def _text(given: Mapping[str, Any], *, is_caption: bool) -> Formatted:
    """Return the text or caption of a request. Raises Refused for what Telegram would refuse."""
    try:
        text = parsed(str(given.get("caption" if is_caption else "text", "")), given.get("parse_mode"))
    except BadEntities as e:
        raise Refused(400, str(e)) from e
    if not is_caption and not text.plain.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if text.units > (_CAPTION_UNITS if is_caption else _TEXT_UNITS):
        too_long = "message caption is too long" if is_caption else "message is too long"
        raise Refused(400, f"Bad Request: {too_long}")
    return text


def _check_photo(photo: bytes) -> None:
    if len(photo) > _PHOTO_BYTES:
        raise Refused(413, "Request Entity Too Large")
    if not photo.startswith(_PNG):
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    width, height = unpack(">II", photo[16:24])
    if width + height > _PHOTO_SIDES or max(width, height) > _PHOTO_RATIO * min(width, height):
        raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")


def _buttons(given: Mapping[str, Any]) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    markup = given.get("reply_markup")
    rows = markup.get("inline_keyboard", []) if isinstance(markup, Mapping) else []
    return tuple(tuple(row) for row in rows)


def _chat(chat_id: int) -> dict[str, Any]:
    kinds = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}
    return {"id": chat_id, "type": "private", "first_name": f"Trader {chat_id}", **kinds}


_NO_GIFTS: Final = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def _person(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": f"Trader {chat_id}"}


def _as_message(sent: Sent) -> dict[str, Any]:
    message = {"message_id": sent.message_id, "date": sent.at, "chat": _chat(sent.chat_id), "from": _BOT}
    if sent.photo is None:
        return {**message, "text": sent.text.plain}
    width, height = unpack(">II", sent.photo[16:24])
    size = {"file_id": f"photo-{sent.message_id}", "file_unique_id": str(sent.message_id)}
    return {**message, "caption": sent.text.plain, "photo": [{**size, "width": width, "height": height}]}
