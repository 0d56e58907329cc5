"""Socket to ticks: websocket-client's WebSocketApp with smartapi-python's parser against our socket and intake.

Ours does on one thread what the service does on two; a flush is what one read of the socket brings, up to 170 packets.
"""

import time

import pytest
import websocket

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.socket import Dialler
from ingest_ws.core.columns import columns_of
from ingest_ws.intake import Intake
from oi_common.clock import WallClock
from support.bench.feeding import KEYS, families, stock_parser
from support.bench.results import Seconds
from support.bench.workers import worker
from support.processes import free_port

PACKETS = 20_000
TOKENS = 900
FRAME = 4 + 379  # bytes


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
    """Return what receives all packets and makes ticks of them, as ingest-ws does."""
    known = {each.head: each for family in families(TOKENS) for each in family.instruments()}

    def receive():
        seen = 0

        def hear(packets):
            nonlocal seen
            at.append(time.perf_counter())
            intake.on_packets(packets)
            _, taken = zip(*arrivals.take(len(packets)), strict=True)
            seen += sum(len(columns.ltp) for columns in columns_of(taken, known))
            at.append(time.perf_counter())
            if seen == PACKETS:
                line.hang_up()

        arrivals = TickBuffer(PACKETS)
        intake = Intake(WallClock().now, arrivals)
        line = Dialler(url, hear, lambda: True).dial(KEYS)
        at = []
        line.listen()
        assert seen == PACKETS
        return Seconds(at[-1] - at[0])

    return receive


def bare(url):
    """Return what receives the bytes of all packets and does not look at them."""

    def receive():
        ws = websocket.create_connection(url)
        began, left = time.perf_counter(), PACKETS * FRAME
        while left:
            left -= len(ws.sock.recv(min(left, 65_536)))
        took = Seconds(time.perf_counter() - began)
        ws.shutdown()
        return took

    return receive


def test_socket_to_ticks_beats_the_stock_client(socket_url, compare, result):
    print()  # noqa: T201 - the table begins on a line of its own

    ratios = compare(
        "packets",
        PACKETS,
        {
            "WebSocketApp + smartapi-python": stock(socket_url),
            "ours": ours(socket_url),
            "limit: the bytes read and not looked at": bare(socket_url),
        },
    )

    result("socket → ticks", "WebSocketApp + stock parser", 15, ratios["ours"])
    assert ratios["ours"] > 1
