"""Socket to ticks: websocket-client's WebSocketApp with smartapi-python's parser against our socket and intake.

Ours goes further, to the finished commands for Redis, and does on one thread what the service does on two: a flush is
what one read of the socket brings, up to 170 packets here.
"""

import time

import pytest
import websocket

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.socket import Dialler
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from support.bench.feeding import KEYS, families, stock_parser
from support.bench.results import Seconds
from support.bench.workers import worker
from support.processes import free_port

PACKETS = 20_000
TOKENS = 900


@pytest.fixture(scope="module")
def socket_url():
    port = free_port()
    with worker("market_socket.py", port, PACKETS, TOKENS, 0):
        yield f"ws://127.0.0.1:{port}/"


def stock(url):
    """Return what receives and parses all packets as the stock client does."""
    parse = stock_parser()

    def receive():
        parsed = []

        def on_data(app, packet, *_):
            parsed.append(parse(packet))
            at.append(time.perf_counter())
            if len(parsed) == PACKETS:
                app.close()

        at = []
        websocket.WebSocketApp(url, on_data=on_data).run_forever()
        assert len(parsed) == PACKETS
        return Seconds(at[-1] - at[0])  # opening and closing do not count

    return receive


def ours(url):
    """Return what receives all packets and makes entries of them, as ingest-ws does."""

    def receive():
        seen = 0

        def hear(packets):
            nonlocal seen
            at.append(time.perf_counter())
            intake.on_packets(packets)
            seen += len(intake.entries())
            at.append(time.perf_counter())
            if seen == PACKETS:
                line.hang_up()

        intake = Intake(WallClock().now, TickBuffer(PACKETS))
        intake.follow(families(TOKENS))
        line = Dialler(url, hear, lambda: True).dial(KEYS)
        at = []
        line.listen()
        assert seen == PACKETS
        return Seconds(at[-1] - at[0])

    return receive


def test_socket_to_ticks_beats_the_stock_client(socket_url, compare, result):
    print()  # noqa: T201 - the table begins on a line of its own

    ratios = compare(
        "packets", PACKETS, {"WebSocketApp + smartapi-python": stock(socket_url), "ours": ours(socket_url)}
    )

    result("socket → ticks", "WebSocketApp + stock parser", 15, ratios["ours"])
    assert ratios["ours"] > 1
