"""A TCP proxy that can be told to fail: the wire between one service and one server, for tests to cut."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from support.processes import free_port

_CHUNK = 1 << 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing sends RST


class Mode(StrEnum):
    """What the wire does. Whatever it is, connections that saw it do not outlive it."""

    PASS = "pass"
    REFUSE = "refuse"  # nobody listens; what was open is closed
    RESET = "reset"  # connections are taken and broken off
    BLACKHOLE = "blackhole"  # connections are taken, bytes are swallowed, nothing ever comes back
    DEAF = "deaf"  # the server hears everything, and its answers are lost


class Proxy:
    """127.0.0.1:`port` leads to 127.0.0.1:`target`. `turn` may be called from any thread."""

    def __init__(self, target: int, loop: asyncio.AbstractEventLoop) -> None:
        self.target = target
        self.port = free_port()
        self.mode = Mode.PASS
        self.broken = 0  # connections that a fault has hit
        self._loop = loop
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        return len(self._open)

    def turn(self, mode: Mode) -> None:
        self._wait_for(self._turn(mode))

    def open(self) -> None:
        self._wait_for(self._listen())

    def close(self) -> None:
        self._wait_for(self._shut())

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _turn(self, mode: Mode) -> None:
        before, self.mode = self.mode, mode
        if mode is Mode.REFUSE:
            await self._shut()
        elif before is Mode.REFUSE:
            await self._listen()
        if mode in {Mode.RESET, Mode.PASS}:
            self._break_off()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._break_off()

    def _break_off(self) -> None:
        for task in tuple(self._open):
            self.broken += 1
            task.cancel()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if self.mode is not Mode.RESET:
                await self._relay(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # a wire that breaks is what this is for
        finally:
            self._open.discard(task)
            _reset(writer)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.BLACKHOLE:
            self.broken += 1
            await _swallow(reader)
            return
        theirs, back = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            there = asyncio.create_task(self._pump(reader, back, deaf=False))
            here = asyncio.create_task(self._pump(theirs, writer, deaf=True))
            try:
                await asyncio.wait([there, here], return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                here.cancel()
        finally:
            _reset(back)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deaf: bool) -> None:
        """Carry bytes one way until the end; a swallowing wire keeps the connection open and delivers nothing."""
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self.mode is Mode.BLACKHOLE or (self.mode is Mode.DEAF and deaf):
                    self.broken += 1
                    await _swallow(reader)
                    return
                writer.write(data)
                await writer.drain()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(_CHUNK):
        pass


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        carrier: socket.socket | None = writer.get_extra_info("socket")
        if carrier is not None:
            carrier.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


class Proxies:
    """The loop, in a thread of its own, that carries any number of proxies."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._all: list[Proxy] = []

    def to(self, target: int) -> Proxy:
        """Open one more proxy to a port of this machine."""
        proxy = Proxy(target, self._loop)
        proxy.open()
        self._all.append(proxy)
        return proxy

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for proxy in self._all:
            proxy.close()
        asyncio.run_coroutine_threadsafe(_rest(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _rest() -> None:
    """Let what was cancelled end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def proxy_to(target: int) -> Iterator[Proxy]:
    """Run one proxy until the block ends."""
    with Proxies() as proxies:
        yield proxies.to(target)
