"""Other people's ways to and from a Redis stream, in an environment of their own (see `peers_python`).

python peers.py REDIS_URL FILE: the file holds ticks, a JSON list of {field: text}. Questions: {"do": NAME}.
"""

# ruff: noqa: PLC0415 - each peer is loaded when it is asked for, in an environment that only it has
# mypy: ignore-errors

import asyncio
import contextlib
import json
import logging
import sys
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import redis

BATCH = 500
WITHIN = 60


def publish_by_cryptofeed(url: str, ticks: list[dict[str, str]]) -> float:
    """Its Redis stream writer, fed in bursts of a hundred between two turns of the loop."""
    from cryptofeed.backends.redis import TradeStream
    from cryptofeed.types import Trade

    place = urlsplit(url)
    trades = [
        Trade("NFO", tick["symbol"], "buy", Decimal(tick["volume"]), Decimal(tick["ltp"]), 1.7e9, id=str(n))
        for n, tick in enumerate(ticks)
    ]

    async def publish() -> float:
        writer = TradeStream(host=place.hostname, port=place.port)
        writer.start(asyncio.get_running_loop())
        began = time.perf_counter()
        for number, trade in enumerate(trades):
            await writer(trade, 1.7e9 + number)
            if number % 100 == 99:
                await asyncio.sleep(0)
        while writer.queue.qsize() or writer.queue._unfinished_tasks:
            await asyncio.sleep(0.001)
        took = time.perf_counter() - began
        writer.running = False
        writer.worker.cancel()
        with contextlib.suppress(BaseException):
            await writer.worker
        return took

    return asyncio.run(publish())


def publish_by_faststream(url: str, ticks: list[dict[str, str]]) -> float:
    from faststream.redis import RedisBroker

    async def publish() -> float:
        async with RedisBroker(url, logger=None) as broker:
            began = time.perf_counter()
            for tick in ticks:
                await broker.publish(tick, stream="by-faststream")
            return time.perf_counter() - began

    return asyncio.run(publish())


def consume_by_faststream(url: str, ticks: list[dict[str, str]]) -> float:
    """Its subscriber in batches, each tick validated by a pydantic model."""
    from faststream.redis import RedisBroker, StreamSub
    from pydantic import create_model

    kinds = {"ltp": float, "bid": float, "ask": float, "oi": int, "volume": int, "strike": int}
    model = create_model("Tick", **{name: (kinds.get(name, str), ...) for name in ticks[0]})
    _fill(url, ticks)

    async def consume() -> float:
        broker = RedisBroker(url, logger=None)
        seen, all_seen = 0, asyncio.Event()

        @broker.subscriber(
            stream=StreamSub(
                "filled", group="bench", consumer="c", batch=True, max_records=BATCH, polling_interval=10
            )
        )
        async def on_ticks(found: list[model]) -> None:  # type: ignore[valid-type]
            nonlocal seen
            seen += len(found)
            if seen >= len(ticks):
                all_seen.set()

        began = time.perf_counter()
        await broker.start()
        await asyncio.wait_for(all_seen.wait(), WITHIN)
        took = time.perf_counter() - began
        await broker.stop()
        return took

    return asyncio.run(consume())


def _fill(url: str, ticks: list[dict[str, str]]) -> None:
    """Put the ticks onto a stream as its own publisher writes them, which would take too long one by one."""
    from faststream.redis import RedisBroker

    client = redis.Redis.from_url(url)
    client.delete("sample", "filled")

    async def sample() -> None:
        async with RedisBroker(url, logger=None) as broker:
            await broker.publish(ticks[0], stream="sample")

    asyncio.run(sample())
    [(_, fields)] = client.xrange("sample")
    [(name, written)] = fields.items()
    body = json.dumps(ticks[0], separators=(",", ":")).encode()
    assert body in written, written
    with client.pipeline(transaction=False) as pipe:
        for tick in ticks:
            pipe.xadd(
                "filled", {name: written.replace(body, json.dumps(tick, separators=(",", ":")).encode())}
            )
        pipe.execute()
    client.xgroup_create("filled", "bench", "0")


WAYS = {
    "publish by cryptofeed": publish_by_cryptofeed,
    "publish by faststream": publish_by_faststream,
    "consume by faststream": consume_by_faststream,
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    url, file = sys.argv[1:]
    ticks = json.loads(Path(file).read_text())
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": WAYS[json.loads(line)["do"]](url, ticks)}), flush=True)


if __name__ == "__main__":
    main()
