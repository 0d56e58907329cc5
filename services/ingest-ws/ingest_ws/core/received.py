"""Messages out of the bytes that a WebSocket brings (RFC 6455), as many as there are in them."""

from typing import Final, NamedTuple

CONTINUED: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FINAL: Final = 0x80
_WHOLE_BINARY: Final = _FINAL | BINARY
_KNOWN: Final = frozenset({CONTINUED, TEXT, BINARY, CLOSE, PING, PONG})
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127
_MOST: Final = 1 << 20  # bytes of a message; the broker's have hundreds


class BrokenStreamError(ValueError):
    """These are no frames of a WebSocket's server: nothing behind them can be read either."""


class Message(NamedTuple):
    """Anything but a whole binary message: text, and what the two sides say about the connection."""

    opcode: int
    content: bytes


class Received:
    """Reads on from one piece of bytes to the next. Raises BrokenStreamError, naming the byte."""

    def __init__(self) -> None:
        self._rest = b""
        self._parts: list[Message] = []

    def feed(self, piece: bytes) -> tuple[list[bytes], list[Message]]:
        """Return the binary messages that are complete now, and the others."""
        data, at = self._rest + piece, 0
        packets: list[bytes] = []
        others: list[Message] = []
        while (bounds := _bounds(data, at)) is not None:
            first, (begins, at) = data[at], bounds
            if first == _WHOLE_BINARY:
                packets.append(data[begins:at])
            elif (message := self._put_together(first, data[begins:at])) is None:
                continue
            elif message.opcode == BINARY:
                packets.append(message.content)
            else:
                others.append(message)
        self._rest = data[at:]
        return packets, others

    def _put_together(self, first: int, content: bytes) -> Message | None:
        """Return the message that a frame ends, if it ends one. What is about the connection comes in between."""
        opcode, is_final = first & 0x0F, bool(first & _FINAL)
        if first & 0x70 or opcode not in _KNOWN or (opcode >= CLOSE and not is_final):
            raise BrokenStreamError(f"frame: begins with 0x{first:02x}")
        if opcode >= CLOSE:
            return Message(opcode, content)
        if (opcode == CONTINUED) != bool(self._parts):
            raise BrokenStreamError(f"frame: 0x{first:02x} in the wrong place of a message in parts")
        self._parts.append(Message(opcode, content))
        if not is_final:
            return None
        parts, self._parts = self._parts, []
        return Message(parts[0].opcode, b"".join(part.content for part in parts))


def _bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the content of the frame there begins and ends, None when it is not complete."""
    if len(data) < at + 2:
        return None
    begins, size = at + 2, data[at + 1]
    if size == _TWO_BYTES:
        begins, size = at + 4, int.from_bytes(data[at + 2 : at + 4])
    elif size == _EIGHT_BYTES:
        begins, size = at + 10, int.from_bytes(data[at + 2 : at + 10])
    elif size > _EIGHT_BYTES:
        raise BrokenStreamError(f"frame: its content is masked (0x{size:02x}), as no server may")
    if size > _MOST:
        raise BrokenStreamError(f"frame: {size} bytes of content are too many")
    ends = begins + size
    return (begins, ends) if ends <= len(data) else None
