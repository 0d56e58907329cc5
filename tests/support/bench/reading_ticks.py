"""Ticks off their streams, in a process of its own: as our loops read them, and one XACK for each.

python reading_ticks.py ours|stock REDIS_URL COUNT. A question is one run: read until COUNT ticks have come. `every` is
how long to wait between looks. The answer tells when the last was read, and the CPU time.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import redis

from ai_minimal.adapters.streams import Streams
from ai_minimal.core.market import TickCache
from oi_common.connections import connect_redis
from support.bench.feeding import UNDERLYINGS

Answer = tuple[int, float]


def ours(redis_url: str, count: int, every: float) -> Answer:
    """Look at every underlying's stream, as the one-second loop does, and keep its cache."""

    async def read() -> Answer:
        client = connect_redis(redis_url)
        streams = [(Streams(client, name), TickCache()) for name in UNDERLYINGS]
        seen, last_at = 0, time.monotonic()
        while seen < count and time.monotonic() - last_at < 30:
            found = 0
            for stream, cache in streams:
                is_behind = True
                while is_behind:  # as the loop does: a look ends when there is no more
                    news = await stream.news()
                    for tick in news.ticks:
                        cache.add(tick)
                    found, is_behind = found + len(news.ticks), news.is_behind
            if found:
                seen, last_at = seen + found, time.monotonic()
            await asyncio.sleep(0 if found and not every else every or 0.002)
        await client.aclose()
        return seen, last_at

    return asyncio.run(read())


def stock(redis_url: str, count: int, every: float) -> Answer:
    """Read a hundred at a time, and acknowledge each."""
    client = redis.Redis.from_url(redis_url)
    client.xgroup_create("ticks", "bench", "0", mkstream=True)
    latest: dict[bytes, dict[bytes, bytes]] = {}
    seen, last_at = 0, time.monotonic()
    while seen < count and time.monotonic() - last_at < 30:
        reply: Any = client.xreadgroup("bench", "c", {"ticks": ">"}, count=100, block=1000)
        for entry_id, fields in [entry for _, entries in reply for entry in entries] if reply else []:
            latest[fields[b"token"]] = fields
            client.xack("ticks", "bench", entry_id)
            seen, last_at = seen + 1, time.monotonic()
    return seen, last_at


def main() -> None:
    way, redis_url, count = sys.argv[1:]
    read = {"ours": ours, "stock": stock}[way]
    print("ready", flush=True)
    for line in sys.stdin:
        before = time.process_time()
        seen, last_at = read(redis_url, int(count), json.loads(line)["every"])
        answer = {"seen": seen, "last_at": last_at, "cpu": time.process_time() - before}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
