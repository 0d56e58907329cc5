"""An OpenAI-compatible model server on aiohttp."""

import asyncio
from typing import Final

from aiohttp import web

from simulator.core.chat import chat_reply, model_list
from simulator.handlers import Exchange

PATH: Final = "/llm/v1"
_SLOW_SECONDS: Final = 5.0
_RETRY_AFTER: Final = 1.0


class ChatDoor:
    """`/llm/v1/chat/completions` and `/llm/v1/models`; the switches `llm...` make it fail."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{PATH}/chat/completions", self._complete),
            web.get(f"{PATH}/models", self._models),
        ]

    async def _models(self, _request: web.Request) -> web.Response:
        return web.json_response(model_list())

    async def _complete(self, request: web.Request) -> web.Response:
        tally = self._exchange.tally
        tally.chat["calls"] += 1
        fault = self._fault()
        reply = chat_reply(
            await request.read(),
            fault,
            tally.chat["calls"],
            slow=self._seconds("llm_slow_seconds", _SLOW_SECONDS),
            retry_after=self._seconds("llm_retry_after", _RETRY_AFTER),
        )
        tally.chat.update({fault: 1, "tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out})
        if reply.delay:
            await asyncio.sleep(reply.delay)
        return web.json_response(dict(reply.document), status=reply.status, headers=dict(reply.headers))

    def _fault(self) -> str:
        """Return what goes wrong with this request; a list of faults is played in order."""
        struck = self._exchange.faults.strike("llm", self._exchange.clock.now())
        if struck is None:
            return "ok"
        words = str(struck.value).split(",")
        return words[(struck.asked - 1) % len(words)]

    def _seconds(self, switch: str, usual: float) -> float:
        armed = self._exchange.faults.faults.armed.get(switch)
        return float(armed.value) if armed and armed.holds(self._exchange.clock.now(), None) else usual
