"""The broker's market socket on aiohttp: handshakes, heartbeats, and one pump that feeds all sockets."""

import asyncio
import socket as sockets
import struct
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from simulator.core.feed import Drip, Ending, Frame
from simulator.core.gateway import NotAdmitted
from simulator.handlers import Exchange

# A consumer that is this far behind loses the oldest frames; what waits are references, not copies.
_MOST_WAITING = 65_536
_BEAT_EVERY = 0.04  # real seconds
# A TCP reset instead of a goodbye: linger on, for zero seconds.
_NO_LINGER = struct.pack("ii", 1, 0)
_DROP = 4  # bytes of a dripping frame that go out together


class _Line:
    """One open socket and the frames that wait for it."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._ws = ws
        self._transport = transport
        self._waiting: deque[Frame] = deque(maxlen=_MOST_WAITING)
        self._ready = asyncio.Event()
        self._dripping = asyncio.Lock()

    def put(self, frames: Iterable[Frame]) -> int:
        """Queue frames and return how many older ones were lost."""
        frames = list(frames)
        lost = max(0, len(self._waiting) + len(frames) - _MOST_WAITING)
        self._waiting.extend(frames)
        self._ready.set()
        return lost

    async def send_all(self) -> None:
        """Send what waits, for as long as the connection lives."""
        with suppress(ConnectionError):
            while not self._ws.closed:
                await self._ready.wait()
                self._ready.clear()
                while self._waiting:
                    await self._send(self._waiting.popleft())

    async def pong(self, content: bytes) -> None:
        async with self._dripping:  # never in the middle of another frame
            await self._ws.pong(content)

    async def close(self, code: WSCloseCode) -> None:
        if self._dripping.locked():
            self._reset()  # nobody could read a goodbye in the middle of a frame
        else:
            await self._ws.close(code=code)

    async def _send(self, frame: Frame) -> None:
        match frame:
            case bytes():
                await self._ws.send_bytes(frame)
            case str():
                await self._ws.send_str(frame)
            case Ending.CLEAN:
                await self._ws.close(code=WSCloseCode.OK)
            case Ending.RESET:
                self._reset()
            case Drip():
                await self._drip(frame)

    async def _drip(self, drip: Drip) -> None:
        transport, framed = self._transport, framed_bytes(drip.packet)
        async with self._dripping:
            for start in range(0, len(framed), _DROP):
                if transport is None or transport.is_closing():
                    return
                transport.write(framed[start : start + _DROP])
                await asyncio.sleep(_DROP / drip.bytes_per_second)

    def _reset(self) -> None:
        if self._transport is None:
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _NO_LINGER)
        self._transport.abort()


def framed_bytes(packet: bytes) -> bytes:
    """Return a packet as it stands on the wire: one binary frame of at most 64 kB, unmasked (RFC 6455, 5.2)."""
    if len(packet) < 126:
        return struct.pack("!BB", 0x82, len(packet)) + packet
    return struct.pack("!BBH", 0x82, 126, len(packet)) + packet


class StreamDoor:
    """All lines into the feed."""

    def __init__(self, exchange: Exchange, *, idle_close_seconds: float | None) -> None:
        self._exchange = exchange
        self._idle_close = idle_close_seconds
        self._lines: dict[int, _Line] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            number = self._exchange.on_handshake(request.headers, request.query)
        except NotAdmitted as e:
            self._exchange.tally.socket[str(e.status)] += 1
            return web.Response(status=e.status, headers={"x-error-message": e.reason} if e.reason else {})
        try:
            return await self._serve(request, number)
        finally:
            self._lines.pop(number, None)
            self._exchange.feed.close(number)

    async def pump(self) -> None:
        """Feed every line, for ever."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(_BEAT_EVERY)
            now = time.monotonic()
            for number, frames in self._exchange.feed.beat(self._exchange.clock.now(), now - last).items():
                self._put(number, frames)
            last = now

    async def close(self) -> None:
        await asyncio.gather(*(line.close(WSCloseCode.GOING_AWAY) for line in self._lines.values()))

    async def _serve(self, request: web.Request, number: int) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False, compress=False, receive_timeout=self._idle_close)
        await ws.prepare(request)
        line = self._lines[number] = _Line(ws, request.transport)
        sender = asyncio.create_task(line.send_all())
        try:
            await self._listen(ws, line, number)
        finally:
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender
        return ws

    async def _listen(self, ws: web.WebSocketResponse, line: _Line, number: int) -> None:
        # Neither a protocol ping nor a text for so long: whether the broker really closes then is not documented.
        with suppress(TimeoutError, ConnectionError):
            async for message in ws:
                await self._on_message(line, number, message)
        if not ws.closed:
            await line.close(WSCloseCode.OK)

    async def _on_message(self, line: _Line, number: int, message: WSMessage) -> None:
        if message.type is WSMsgType.PING:
            await line.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            self._put(number, self._exchange.feed.hear(number, message.data, self._exchange.clock.now()))

    def _put(self, number: int, frames: Iterable[Frame]) -> None:
        if line := self._lines.get(number):
            self._exchange.tally.socket["lost"] += line.put(frames)
