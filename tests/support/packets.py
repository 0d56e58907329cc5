"""Packets of the market socket as a test wants them."""

import struct
from collections.abc import Iterable

NFO, CURRENCY = 2, 13
BUY, SELL = 1, 0
LTP, QUOTE = 1, 2

Level = tuple[int, int, int, int]  # flag, quantity, price, orders


def packet(
    mode: int = 3,
    exchange_type: int = NFO,
    token: str = "43521",
    at_ms: int = 1_737_356_263_000,
    ltp: int = 25_820,
    volume: int = 75,
    day: tuple[int, int, int, int] = (20_550, 26_900, 16_710, 18_380),
    oi: int = 3_118_800,
    book: Iterable[Level] = ((BUY, 75, 25_815, 3),) * 5 + ((SELL, 75, 25_870, 2),) * 5,
) -> bytes:
    """Return one packet; prices are in paise."""
    head = struct.pack("<BB25sqqq", mode, exchange_type, token.encode(), 7, at_ms, ltp)
    if mode == LTP:
        return head
    quote = head + struct.pack("<qqqddqqqq", 75, 0, volume, 10.0, 20.0, *day)
    if mode == QUOTE:
        return quote
    ladder = b"".join(struct.pack("<hqqh", *level) for level in book)
    return quote + struct.pack("<qqd", at_ms // 1000, oi, 0.03) + ladder + struct.pack("<qqqq", 1, 2, 3, 4)
