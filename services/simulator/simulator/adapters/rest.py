"""The broker's REST side on aiohttp: paths in, the exchange's replies out."""

import asyncio
import gzip

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.core.endpoints import ENDPOINTS, MASTER_PATH, Endpoint, is_order_path
from simulator.core.master import document
from simulator.core.wire import Reply
from simulator.handlers import Exchange, Request


class RestDoor:
    """Every path of the broker's REST API, and the instrument master."""

    def __init__(self, exchange: Exchange, *, master_filler: int) -> None:
        self._exchange = exchange
        self._filler = master_filler
        self._master: tuple[bytes, bytes] | None = None
        self._building = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        known = [web.route(each.method, each.path, self._handler(each)) for each in ENDPOINTS.values()]
        # The stock client asks without the slash, the document and others with it.
        quote = ENDPOINTS["quote"]
        slash = web.post(f"{quote.path}/", self._handler(quote))
        return [
            *known,
            slash,
            web.get(MASTER_PATH, self._serve_master),
            web.route("*", "/{path:.*}", self._other),
        ]

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            reply = self._exchange.on_request(Request(endpoint.name, request.headers, body))
            if reply.later is not None:
                reply = await asyncio.to_thread(reply.finished)
            response = await _response(reply)
            if request.transport is not None and not request.transport.is_closing():
                self._exchange.on_sent(reply)
            return response

        return handle

    async def _other(self, request: web.Request) -> web.Response:
        if is_order_path(request.path):
            return await _response(self._exchange.on_order(request.path))
        return web.Response(
            status=404, text="<html><body>404 Not Found</body></html>", content_type="text/html"
        )

    async def _serve_master(self, request: web.Request) -> web.Response:
        exchange, at = self._exchange, self._exchange.clock.now()
        exchange.tally.count_request("master", at)
        fault = exchange.faults.strike("master", at)
        if fault and fault.value == "503":
            return web.Response(status=503, text="Service Unavailable")
        if fault and fault.value == "null":
            return web.Response(body=b"null", content_type="application/json")
        plain, packed = await self._masters()
        if fault:
            return web.Response(body=plain[: len(plain) // 2], content_type="application/json")
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=plain, content_type="application/json")
        return web.Response(
            body=packed, content_type="application/json", headers={"Content-Encoding": "gzip"}
        )

    async def _masters(self) -> tuple[bytes, bytes]:
        async with self._building:
            if self._master is None:
                self._master = await asyncio.to_thread(self._build_master)
            return self._master

    def _build_master(self) -> tuple[bytes, bytes]:
        plain = document(self._exchange.market.instruments(), self._filler)
        return plain, gzip.compress(plain, compresslevel=1, mtime=0)


async def _response(reply: Reply) -> web.Response:
    if reply.delay:
        await asyncio.sleep(reply.delay)
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
