"""The Telegram Bot API on aiohttp, and a page that shows what arrived."""

import asyncio
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from aiohttp import web

from simulator.adapters.times import wall_now
from simulator.core.bot_chats import CHAT_ID, BotChats, Refused, Sent
from simulator.core.bot_text import as_html
from simulator.core.faults import Switchboard
from simulator.handlers import Clock

PATH = "/telegram"
_LONGEST_POLL = 50.0
_PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Telegram, simulated</title><style>
body{{background:#0e1621;color:#f5f5f5;font:16px/1.35 system-ui;max-width:430px;margin:auto;padding:8px}}
article{{background:#182533;border-radius:12px;margin:8px 0;padding:8px 10px;white-space:pre-wrap;overflow-wrap:anywhere}}
img{{width:100%;border-radius:8px}}small{{color:#708499}}pre{{overflow-x:auto}}
button{{background:#2b5278;color:#fff;border:0;border-radius:8px;padding:6px 10px;margin:4px 4px 0 0}}</style>
<h3>{count} messages</h3>{messages}"""


class TelegramDoor:
    """`/telegram/bot<token>/<method>` for the bot; `/telegram/` and below for whoever plays the trader."""

    def __init__(self, faults: Switchboard, clock: Clock, chats: BotChats | None = None) -> None:
        self.chats = BotChats() if chats is None else chats
        self._faults = faults
        self._clock = clock
        self._news = asyncio.Condition()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", f"{PATH}/bot{{token}}/{{method}}", self._call),
            web.get(f"{PATH}/", self._page),
            web.get(f"{PATH}/sent", self._sent),
            web.get(f"{PATH}/photo/{{message_id}}.png", self._photo),
            web.post(f"{PATH}/say", self._say),
            web.post(f"{PATH}/press", self._press),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            self._know(request.match_info["token"])
            given, photo = await _given(request)
            self._strike(method, given)
            if self._struck("telegram_drop", method) == "before":
                return _dropped(request)
            result = await self._result(method, given, photo)
        except Refused as e:
            return web.json_response(e.as_json(), status=e.code)
        except (KeyError, ValueError) as e:
            return web.json_response(Refused(400, f"Bad Request: {e}").as_json(), status=400)
        if seconds := self._struck("telegram_hang", method):
            await asyncio.sleep(seconds)
        if self._struck("telegram_lost", method):
            return _dropped(request)
        return web.json_response({"ok": True, "result": result})

    def _know(self, token: str) -> None:
        if token != self.chats.token:
            raise Refused(401, "Unauthorized")

    async def _result(self, method: str, given: Mapping[str, Any], photo: bytes | None) -> Any:
        if method == "getUpdates":
            return await self._updates(int(given.get("offset", 0)), float(given.get("timeout", 0)))
        return self.chats.call(method, given, photo, int(wall_now().timestamp()))

    async def _updates(self, offset: int, timeout: float) -> list[dict[str, Any]]:  # noqa: ASYNC109 Telegram's own
        async with self._news:
            try:
                async with asyncio.timeout(min(timeout, _LONGEST_POLL)):
                    await self._news.wait_for(lambda: self.chats.waiting(offset))
            except TimeoutError:
                return []
            return self.chats.waiting(offset)

    def _strike(self, method: str, given: Mapping[str, Any]) -> None:
        """Refuse what the switches say. Raises Refused."""
        if seconds := self._struck("telegram_429", method):
            raise Refused(429, f"Too Many Requests: retry after {int(seconds)}", int(seconds))
        if status := self._struck("telegram_5xx", method):
            raise Refused(int(status), "Internal Server Error")
        blocked = self._faults.faults.armed.get("telegram_blocked")
        if blocked is not None and str(given.get("chat_id")) == f"{blocked.value:g}":
            self._struck("telegram_blocked", method)
            raise Refused(403, "Forbidden: bot was blocked by the user")

    def _struck(self, name: str, method: str) -> Any:
        armed = self._faults.strike(name, self._clock.now(), method)
        return None if armed is None else armed.value

    async def _say(self, request: web.Request) -> web.Response:
        said = await request.json()
        async with self._news:
            chat_id = int(said.get("chat_id", CHAT_ID))
            self.chats.say(chat_id, str(said["text"]), int(wall_now().timestamp()))
            self._news.notify_all()
        return web.json_response({"ok": True})

    async def _press(self, request: web.Request) -> web.Response:
        said = await request.json()
        async with self._news:
            self.chats.press(int(said["message_id"]), str(said["data"]), said.get("chat_id"))
            self._news.notify_all()
        return web.json_response({"ok": True})

    async def _sent(self, _request: web.Request) -> web.Response:
        return web.json_response([_told(sent) for sent in self.chats.sent])

    async def _photo(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["message_id"])
        for sent in self.chats.sent:
            if sent.message_id == wanted and sent.photo is not None:
                return web.Response(body=sent.photo, content_type="image/png")
        return web.Response(status=404)

    async def _page(self, _request: web.Request) -> web.Response:
        shown = "".join(_article(sent) for sent in reversed(self.chats.sent))
        page = _PAGE.format(count=len(self.chats.sent), messages=shown)
        return web.Response(text=page, content_type="text/html")


def _told(sent: Sent) -> dict[str, Any]:
    return {
        "message_id": sent.message_id,
        "chat_id": sent.chat_id,
        "at": sent.at,
        "text": sent.text.plain,
        "html": as_html(sent.text),
        "photo_bytes": None if sent.photo is None else len(sent.photo),
        "buttons": [list(row) for row in sent.buttons],
        "is_silent": sent.is_silent,
        "edits": sent.edits,
    }


def _article(sent: Sent) -> str:
    image = "" if sent.photo is None else f'<img src="{PATH}/photo/{sent.message_id}.png">'
    buttons = "".join(f"<button>{escape(b['text'])}</button>" for row in sent.buttons for b in row)
    head = f"chat {sent.chat_id}{', silent' if sent.is_silent else ''}{', edited' if sent.edits else ''}"
    return f"<article><small>{head}</small>\n{image}{as_html(sent.text)}\n{buttons}</article>"


async def _given(request: web.Request) -> tuple[dict[str, Any], bytes | None]:
    """Return the parameters, JSON among them decoded, and the file that came with them."""
    given: dict[str, Any] = dict(request.query)
    photo: bytes | None = None
    if request.content_type == "application/json":
        given |= await request.json()
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            photo = value.file.read()
        else:
            given[name] = value
    for name in ("reply_markup", "media", "commands", "scope"):
        if isinstance(given.get(name), str):
            given[name] = json.loads(given[name])
    return given, photo


def _dropped(request: web.Request) -> web.StreamResponse:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
