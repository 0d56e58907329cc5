"""From a market socket onto Redis, in a process of its own: our way, and the way of the stock client.

python feeding.py ours|stock SOCKET_URL REDIS_URL COUNT TOKENS. Each question is one run of COUNT packets; the answer
tells when the first packet came, when the last was taken by Redis (seconds of the monotonic clock), and the CPU time.
"""

import contextlib
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import redis
import structlog
import websocket

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.publisher import TickPublisher
from ingest_ws.adapters.socket import Dialler
from ingest_ws.core.subscriptions import Family
from ingest_ws.core.ticks import Entry, Instrument
from ingest_ws.handlers import Pass
from ingest_ws.intake import Arrival, Intake
from oi_common.clock import WallClock
from oi_common.connections import connect_redis_blocking

UNDERLYINGS = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY")
EXPIRY = date(2026, 11, 24)
KEYS = Pass(jwt="j", feed_token="f", api_key="k", client_code="c")


def families(tokens: int) -> list[Family]:
    """Return the underlyings with all the contracts that the tokens stand for."""
    each = -(-tokens // len(UNDERLYINGS))
    found = []
    for place, name in enumerate(UNDERLYINGS):
        own = range(35_000 + place * each, 35_000 + min(tokens, (place + 1) * each))
        options = tuple(
            Instrument(name, "NFO", str(token), f"{name}{token}", EXPIRY, token, "CE") for token in own
        )
        found.append(Family(name, Instrument(name, "NSE", f"9992600{place}", name), options=options))
    return found


class Ours:
    """Socket thread and publisher thread, as the service has them."""

    def __init__(self, url: str, redis_url: str, count: int, tokens: int) -> None:
        self._url, self._redis_url, self._count, self._tokens = url, redis_url, count, tokens
        self._heard = 0
        self._first_at = 0.0

    def run(self) -> tuple[float, float]:
        arrivals: TickBuffer[Arrival] = TickBuffer(self._count)
        buffer: TickBuffer[Entry] = TickBuffer(self._count)
        intake = Intake(WallClock().now, arrivals)
        publisher = TickPublisher(connect_redis_blocking(self._redis_url), buffer, more=intake.entries)
        intake.follow(families(self._tokens))
        self._heard = 0
        line = Dialler(self._url, self._counted(intake), lambda: True).dial(KEYS)
        self._line = line
        publisher.start()
        line.listen()
        publisher.stop()
        return self._first_at, time.monotonic()

    def _counted(self, intake: Intake) -> Callable[[list[bytes]], None]:
        def count_and_pass_on(packets: list[bytes]) -> None:
            if not self._heard:
                self._first_at = time.monotonic()
            self._heard += len(packets)
            intake.on_packets(packets)
            if self._heard == self._count:
                self._line.hang_up()

        return count_and_pass_on


class Stock:
    """WebSocketApp, smartapi-python's parser, one XADD for each tick."""

    def __init__(self, url: str, redis_url: str, count: int, _tokens: int) -> None:
        self._url, self._redis_url, self._count = url, redis_url, count
        self._parse = stock_parser()

    def run(self) -> tuple[float, float]:
        client = redis.Redis.from_url(self._redis_url)
        seen, first_at = 0, 0.0

        def on_data(app: websocket.WebSocketApp, packet: bytes, *_: object) -> None:
            nonlocal seen, first_at
            first_at = first_at or time.monotonic()
            said = self._parse(packet)
            fields: dict[Any, Any] = {
                name: value for name, value in said.items() if isinstance(value, str | int | float)
            }
            client.xadd("ticks", fields)
            seen += 1
            if seen == self._count:
                app.close()

        websocket.WebSocketApp(self._url, on_data=on_data).run_forever()
        return first_at, time.monotonic()


def stock_parser() -> Callable[[bytes], dict[str, Any]]:
    """Return the stock client's parser; its import writes a log folder and asks the network, so elsewhere, without."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        mock.patch("requests.get", side_effect=OSError("offline")),
    ):
        from SmartApi.smartWebSocketV2 import SmartWebSocketV2  # noqa: PLC0415 - see above
    logging.getLogger().setLevel(logging.WARNING)
    parse: Callable[[bytes], dict[str, Any]] = SmartWebSocketV2.__new__(SmartWebSocketV2)._parse_binary_data
    return parse


def main() -> None:
    way, url, redis_url, count, tokens = sys.argv[1:]
    feed: Ours | Stock = (Ours if way == "ours" else Stock)(url, redis_url, int(count), int(tokens))
    print("ready", flush=True)
    for _ in sys.stdin:
        before = time.process_time()
        first_at, done_at = feed.run()
        print(
            json.dumps({"first_at": first_at, "done_at": done_at, "cpu": time.process_time() - before}),
            flush=True,
        )


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # answers go to stdout
    main()
