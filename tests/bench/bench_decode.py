"""Decoding packets: smartapi-python's own parser against ours."""

import pytest

from ingest_ws.core.packets import decode
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from support.bench.feeding import families, stock_parser
from support.bench.packets import KINDS

PACKETS = 2000


@pytest.fixture(scope="module")
def stock_parse():
    return stock_parser()


@pytest.mark.parametrize("kind", KINDS)
def test_decoding_beats_the_stock_parser(stock_parse, compare, result, kind):
    packets = [KINDS[kind](number) for number in range(PACKETS)]

    def decode_all(decoder):
        for packet in packets:
            decoder(packet)

    intake = Intake(WallClock().now, lambda _: None)
    intake.follow(families(900))
    print(f"\n{kind}")  # noqa: T201 - the table's title
    ratios = compare(
        "packets",
        PACKETS,
        {
            "smartapi-python": lambda: decode_all(stock_parse),
            "ours": lambda: decode_all(decode),
            "ours, to a tick": lambda: decode_all(intake.on_packet),
        },
    )

    result(f"{kind} packet → our tick", "stock parser", 20, ratios["ours, to a tick"])
    assert ratios["ours"] > 1
