"""The bytes of an open WebSocket, read by the pieceful: websocket-client asks the system six times for each frame."""

import time
from typing import Any, Final

import websocket

from ingest_ws.core.received import CLOSE, PING, BrokenStreamError, Message, Received

LOST: Final = (websocket.WebSocketException, BrokenStreamError, OSError)

_MOST_AT_ONCE: Final = 65_536  # bytes
_PARTING: Final = 1.0  # seconds for the other side to say goodbye


class Wire:
    """Reads a connection that websocket-client has opened and goes on to write. Raises one of LOST when it is over."""

    def __init__(self, ws: Any) -> None:
        self._ws = ws
        self._received = Received()
        self._is_over = False

    def read(self) -> tuple[list[bytes], list[Message]]:
        """Return the packets that have come, and what else was said. Raises TimeoutError when nothing has."""
        piece = self._ws.sock.recv(_MOST_AT_ONCE)
        if not piece:
            raise websocket.WebSocketConnectionClosedException("the broker has hung up")
        packets, others = self._received.feed(piece)
        for message in others:
            if message.opcode == PING:
                self._ws.pong(message.content)
            self._is_over |= message.opcode == CLOSE
        return packets, others

    def part(self) -> None:
        """Say goodbye, and wait a moment to be told the same: cut short, the other side might keep the socket."""
        self._ws.send_close()
        self._ws.settimeout(_PARTING)
        until = time.monotonic() + _PARTING
        while not self._is_over and time.monotonic() < until:
            self.read()
