"""Packets as the broker sends them, many and varied, for measurements.

A contract's price goes up and down by its tick of five paise, its volume only up; what its day began with and its OI
stay for a while.
"""

import struct

SENT_AT_MS = 1_768_892_263_000
A_SECOND = 9_000  # packets


def head(mode: int, number: int, tokens: int = 900) -> bytes:
    token = str(35_000 + number % tokens).encode()
    at_ms = SENT_AT_MS + number // A_SECOND * 1000
    return struct.pack("<BB25sqqq", mode, 2, token, number, at_ms, price_of(number))


def price_of(number: int) -> int:
    return 10_000 + 5 * (number * 7 % 1_000)


def quote(mode: int, number: int, tokens: int = 900) -> bytes:
    began = 10_000 + 5 * (number % tokens)
    day = (75, price_of(number), 75 * number, 1e5, 2e5, began, began + 5_000, began - 5_000, began + 20)
    return head(mode, number, tokens) + struct.pack("<qqqddqqqq", *day)


def snap_quote(number: int, tokens: int = 900) -> bytes:
    price = price_of(number)
    book = [(1, 75, price - 5 * step, 3) for step in range(1, 6)]
    book += [(0, 75, price + 5 * step, 3) for step in range(1, 6)]
    ladder = b"".join(struct.pack("<hqqh", *level) for level in book)
    oi = 75 * (40_000 + number % tokens + number // (60 * A_SECOND))
    trade = struct.pack("<qqd", SENT_AT_MS // 1000, oi, 0.03)
    return quote(3, number, tokens) + trade + ladder + struct.pack("<qqqq", price * 2, 5, price * 3, 5)


KINDS = {
    "LTP": lambda number: head(1, number),
    "QUOTE": lambda number: quote(2, number),
    "SNAP_QUOTE": snap_quote,
}
