"""Packets as the broker sends them, many and varied, for measurements."""

import struct

SENT_AT_MS = 1_768_892_263_000


def head(mode: int, number: int, tokens: int = 900) -> bytes:
    token = str(35_000 + number % tokens).encode()
    return struct.pack("<BB25sqqq", mode, 2, token, number, SENT_AT_MS, 10_000 + number % 5_000)


def quote(mode: int, number: int, tokens: int = 900) -> bytes:
    price = 10_000 + number % 5_000
    day = (75, price, 75 * number, 1e5, 2e5, price, price + 90, price - 90, price + 20)
    return head(mode, number, tokens) + struct.pack("<qqqddqqqq", *day)


def snap_quote(number: int, tokens: int = 900) -> bytes:
    price = 10_000 + number % 5_000
    book = [(1, 75, price - 5 * step, 3) for step in range(1, 6)]
    book += [(0, 75, price + 5 * step, 3) for step in range(1, 6)]
    ladder = b"".join(struct.pack("<hqqh", *level) for level in book)
    trade = struct.pack("<qqd", SENT_AT_MS // 1000, 3_118_800, 0.03)
    return quote(3, number, tokens) + trade + ladder + struct.pack("<qqqq", price * 2, 5, price * 3, 5)


KINDS = {
    "LTP": lambda number: head(1, number),
    "QUOTE": lambda number: quote(2, number),
    "SNAP_QUOTE": snap_quote,
}
