"""From the socket over Redis to a consumer's cache, each part in a process of its own.

Once flat out, against the stock client with one XADD and one XACK for each tick; once at the pace of a busy day, for
the share of a core that feed and consumer take.
"""

import statistics
from contextlib import ExitStack

import redis

from support.bench.workers import worker
from support.processes import free_port

ROUNDS = 5
FLAT_OUT = {"stock": 10_000, "ours": 60_000}
INSTRUMENTS, PER_SECOND, SECONDS = 3_000, 9_000, 20


def played(redis_url, way, count, *, tokens, per_second=0, rounds=1, every=0.0):
    """Return {what it took} of each round: ticks a second, CPU seconds of feed and reader."""
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(worker("market_socket.py", port, count, tokens, per_second))
        url = f"ws://127.0.0.1:{port}/"
        feed = stack.enter_context(worker("feeding.py", way, url, redis_url, count, tokens))
        reader = stack.enter_context(worker("reading_ticks.py", way, redis_url, count))
        for _ in range(rounds):
            with redis.Redis.from_url(redis_url) as client:
                client.flushall()
            reader.tell(every=every)
            fed = feed.ask()
            read = reader.answer()
            assert read["seen"] == count
            yield {
                "rate": count / (max(read["last_at"], fed["done_at"]) - fed["first_at"]),
                "feed": fed["cpu"],
                "reader": read["cpu"],
            }


def test_the_whole_path_beats_the_stock_client_with_a_command_for_each_tick(redis_url, result):
    rounds = zip(
        played(redis_url, "stock", FLAT_OUT["stock"], tokens=900, rounds=ROUNDS),
        played(redis_url, "ours", FLAT_OUT["ours"], tokens=900, rounds=ROUNDS),
        strict=True,
    )
    pairs = [(theirs["rate"], ours["rate"]) for theirs, ours in rounds]

    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    theirs, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\nstock {theirs:,.0f} ticks/s, ours {ours:,.0f} ticks/s: {ratio:.1f}x")  # noqa: T201
    result("socket → Redis → consumer, flat out", "stock client, one XADD and XACK per tick", 10, ratio)
    assert ratio > 1


def test_a_busy_day_leaves_most_of_a_core(redis_url, result):
    count = PER_SECOND * SECONDS

    [took] = played(redis_url, "ours", count, tokens=INSTRUMENTS, per_second=PER_SECOND, every=1.0)

    feed, reader = (took[each] / SECONDS * 100 for each in ("feed", "reader"))
    print(  # noqa: T201
        f"\n{PER_SECOND:,} ticks/s of {INSTRUMENTS:,} instruments: "
        f"feed {feed:.1f} % of a core, consumer {reader:.1f} % ({took['rate']:,.0f} ticks/s came through)"
    )
    result(
        "9,000 ticks/s of 3,000 instruments: feed and consumer",
        "one core",
        15,
        feed + reader,
        "%",
        at_most=True,
    )
    assert took["rate"] > 0.9 * PER_SECOND
