"""Packets to ticks: smartapi-python's own parser against ours, in flushes as they come on a busy day.

9,000 packets a second are 180 in each flush of 20 ms. A tick is what the publisher's thread has of a packet once it is
taken in, read, known and judged; its entry is the finished command for Redis.
"""

import pytest

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.core.columns import columns_of
from ingest_ws.core.packets import decode
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from support.bench.feeding import families, stock_parser
from support.bench.packets import KINDS

PACKETS = 5_400
FLUSH = 180


@pytest.fixture(scope="module")
def stock_parse():
    return stock_parser()


class Ours:
    """Takes packets in by flushes, as a socket's thread does, and goes on as the publisher's does."""

    def __init__(self):
        self._arrivals = TickBuffer(PACKETS)
        self._intake = Intake(WallClock().now, self._arrivals)
        self._intake.follow(families(900))
        self._known = {each.head: each for family in families(900) for each in family.instruments()}

    def to_ticks(self, flushes):
        seen = 0
        for flush in flushes:
            self._intake.on_packets(flush)
            _, packets = zip(*self._arrivals.take(len(flush)), strict=True)
            seen += sum(len(columns.ltp) for columns in columns_of(packets, self._known))
        assert seen == sum(map(len, flushes))

    def to_entries(self, flushes):
        seen = 0
        for flush in flushes:
            self._intake.on_packets(flush)
            seen += len(self._intake.entries())
        assert seen == sum(map(len, flushes))


def flushes_of(packets, size):
    return [packets[begins : begins + size] for begins in range(0, len(packets), size)]


@pytest.mark.parametrize("kind", KINDS)
def test_flushes_beat_the_stock_parser(stock_parse, compare, result, kind):
    packets = [KINDS[kind](number) for number in range(PACKETS)]
    flushes, ours = flushes_of(packets, FLUSH), Ours()

    print(f"\n{kind}")  # noqa: T201 - the table's title
    ratios = compare(
        "packets",
        PACKETS,
        {
            "smartapi-python": lambda: [stock_parse(packet) for packet in packets],
            "ours, one by one, nothing known or judged": lambda: [decode(packet) for packet in packets],
            f"ours, to ticks, {FLUSH} a flush": lambda: ours.to_ticks(flushes),
            f"ours, to entries, {FLUSH} a flush": lambda: ours.to_entries(flushes),
            "limit: the bytes joined and not looked at": lambda: [b"".join(flush) for flush in flushes],
        },
    )

    path = f"{kind} packet → our {{}}, {FLUSH} a flush"
    result(path.format("tick"), "stock parser", 20, ratios[f"ours, to ticks, {FLUSH} a flush"])
    if kind == "SNAP_QUOTE":
        result(
            path.format("entry for Redis"), "stock parser", 5, ratios[f"ours, to entries, {FLUSH} a flush"]
        )
    assert ratios[f"ours, to ticks, {FLUSH} a flush"] > 1


def test_a_flush_of_any_size_beats_the_stock_parser(stock_parse, compare):
    packets = [KINDS["SNAP_QUOTE"](number) for number in range(PACKETS)]
    ours = Ours()

    def to_entries(size):
        flushes = flushes_of(packets, size)
        return lambda: ours.to_entries(flushes)

    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare(
        "packets",
        PACKETS,
        {
            "smartapi-python": lambda: [stock_parse(packet) for packet in packets],
            **{f"ours, to entries, {size} a flush": to_entries(size) for size in (1, 2, 5, 6, 20, 50, 500)},
        },
    )

    assert min(ratios.values()) == 1
