"""A market socket that sends prepared SNAP_QUOTE packets: as fast as they are taken, or so many a second.

python market_socket.py PORT PACKETS TOKENS PER_SECOND (0: as fast as they are taken). It serves one client after another.
"""

import asyncio
import base64
import hashlib
import re
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.bench.packets import snap_quote

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
SIZE = 379
BURSTS = 50  # a second
CHUNK = 1000  # frames written at once


def frames(count: int, tokens: int) -> bytes:
    start = b"\x82\x7e" + struct.pack(">H", SIZE)
    return b"".join(start + snap_quote(number, tokens) for number in range(count))


class MarketSocket:
    """Answers the upgrade, then sends."""

    def __init__(self, count: int, tokens: int, per_second: int) -> None:
        self._count = count
        self._per_second = per_second
        self._frames = frames(max(CHUNK, tokens), tokens)
        self._frame = len(self._frames) // max(CHUNK, tokens)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"sec-websocket-key: *(\S+)", asked, re.IGNORECASE)
        assert found, asked
        accepted = base64.b64encode(hashlib.sha1(found[1] + MAGIC).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
        )
        try:
            await (self._paced(writer) if self._per_second else self._flat_out(writer))
            await reader.read()
        except ConnectionError:
            return  # it has enough
        finally:
            writer.close()

    async def _flat_out(self, writer: asyncio.StreamWriter) -> None:
        sent = 0
        while sent < self._count:
            take = min(self._count - sent, len(self._frames) // self._frame)
            writer.write(self._frames[: take * self._frame])
            await writer.drain()
            sent += take

    async def _paced(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        began, sent, held = loop.time(), 0, len(self._frames) // self._frame
        each = self._per_second // BURSTS
        while sent < self._count:
            at = sent % held
            burst = self._frames[at * self._frame : (at + each) * self._frame]
            writer.write(burst)
            await writer.drain()
            sent += len(burst) // self._frame
            await asyncio.sleep(max(0.0, began + sent / self._per_second - loop.time()))


async def main() -> None:
    port, count, tokens, per_second = (int(argument) for argument in sys.argv[1:])
    server = await asyncio.start_server(
        MarketSocket(count, tokens, per_second).serve, "127.0.0.1", port, limit=2**16
    )
    async with server:
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
