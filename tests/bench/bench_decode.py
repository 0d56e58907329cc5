"""Decoding packets: smartapi-python's own parser against ours."""

import logging
import struct
from pathlib import Path
from unittest import mock

import pytest

from ingest_ws.core.packets import decode

PACKETS = 2000


def head(mode, number):
    token = str(35_000 + number % 900).encode()
    return struct.pack("<BB25sqqq", mode, 2, token, number, 1_768_892_263_000, 10_000 + number)


def quote(mode, number):
    price = 10_000 + number
    day = (75, price, 75 * number, 1e5, 2e5, price, price + 90, price - 90, price + 20)
    return head(mode, number) + struct.pack("<qqqddqqqq", *day)


def snap_quote(number):
    price = 10_000 + number
    book = [(1, 75, price - 5 * step, 3) for step in range(1, 6)]
    book += [(0, 75, price + 5 * step, 3) for step in range(1, 6)]
    ladder = b"".join(struct.pack("<hqqh", *level) for level in book)
    trade = struct.pack("<qqd", 1_768_892_263, 3_118_800, 0.03)
    return quote(3, number) + trade + ladder + struct.pack("<qqqq", price * 2, 5, price * 3, 5)


KINDS = {
    "LTP": lambda number: head(1, number),
    "QUOTE": lambda number: quote(2, number),
    "SNAP_QUOTE": snap_quote,
}


@pytest.fixture(scope="module")
def stock_parse(tmp_path_factory):
    """The stock client's parser; its import writes a log folder and asks the network, so elsewhere and without."""
    here = Path.cwd()
    with pytest.MonkeyPatch.context() as patched, mock.patch("requests.get", side_effect=OSError("offline")):
        patched.chdir(tmp_path_factory.mktemp("stock"))
        from SmartApi.smartWebSocketV2 import SmartWebSocketV2  # noqa: PLC0415 - see above
    assert Path.cwd() == here
    logging.getLogger().setLevel(logging.WARNING)
    return SmartWebSocketV2.__new__(SmartWebSocketV2)._parse_binary_data


@pytest.mark.parametrize("kind", KINDS)
def test_decoding_beats_the_stock_parser(stock_parse, compare, kind):
    packets = [KINDS[kind](number) for number in range(PACKETS)]

    def decode_all(decoder):
        for packet in packets:
            decoder(packet)

    print(f"\n{kind}")  # noqa: T201 - the table's title
    ratios = compare(
        "packets",
        PACKETS,
        {"smartapi-python": lambda: decode_all(stock_parse), "ours": lambda: decode_all(decode)},
    )

    assert ratios["ours"] > 1
