"""Random days of polls: holes, repeats, delays, missing contracts, unknown values, several chains."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

Poll = dict[str, Any]
KnownOi = dict[tuple[int, str], int]

INDIA = timezone(timedelta(hours=5, minutes=30))
STRIKES = (24400, 24450, 24500)


def random_day(
    day: date,
    seed: object,
    *,
    index: str = "NIFTY",
    expiries: Sequence[date],
    opens: time,
    closes: time,
) -> list[Poll]:
    """Return a day's polls in stream order, as the oracle and `entry` take them."""
    rng = Random(f"{seed} {day} {index}")
    polls: list[Poll] = []
    for expiry in expiries[: rng.choice((1, 1, 2))]:
        polls += chain_day(rng, day, index, expiry, opens, closes)
    polls.sort(key=lambda poll: poll["polled_at"])
    return disturbed(rng, polls)


def chain_day(rng: Random, day: date, index: str, expiry: date, opens: time, closes: time) -> list[Poll]:
    oi = {(k, s): rng.randrange(0, 400) * 65 for k in STRIKES for s in ("CE", "PE")}
    start = datetime.combine(day, opens, INDIA) + timedelta(seconds=rng.choice((-40, 0, 5, 300, 2400)))
    end = datetime.combine(day, closes, INDIA) + timedelta(minutes=5)
    at = start
    polls: list[Poll] = []
    for _ in range(rng.randrange(1, 9)):
        if at >= end:
            break
        if rng.random() < 0.45:
            for contract, value in oi.items():
                if rng.random() < 0.6:
                    oi[contract] = max(0, value + rng.randrange(-30, 40) * 65)
        lag = timedelta(seconds=rng.choice((0, 1, 1, 2, 45, 130)))
        polls.append(poll(rng, index, expiry, at - lag, at, oi))
        at += timedelta(seconds=rng.choice((20, 20, 20, 40, 60, 100, 180, 400, 1500)))
    return polls


def poll(
    rng: Random, index: str, expiry: date, feed_time: datetime, polled_at: datetime, oi: KnownOi
) -> Poll:
    quotes = {}
    for contract, value in oi.items():
        if rng.random() < 0.08:
            continue
        quotes[contract] = {
            "oi": None if rng.random() < 0.05 else value,
            "ltp": None if rng.random() < 0.05 else round(rng.uniform(0.05, 400), 2),
            "volume": None if rng.random() < 0.05 else rng.randrange(0, 10**7),
        }
    return {
        "index_name": index,
        "expiry": expiry,
        "feed_time": feed_time,
        "polled_at": polled_at,
        "quotes": quotes,
    }


def disturbed(rng: Random, polls: list[Poll]) -> list[Poll]:
    """Deliver some polls twice and some late."""
    out = []
    for one in polls:
        out.append(one)
        if rng.random() < 0.08:
            out.append(one)
    for _ in range(len(out) // 10):
        moved = out.pop(rng.randrange(len(out)))
        out.insert(min(len(out), rng.randrange(len(out) + 1)), moved)
    return out


def entry(poll: Poll) -> dict[str, str]:
    """Return the poll as a stream entry's fields, as any client would write them."""
    quotes = [
        {"strike": strike, "type": side, **{n: v for n, v in quote.items() if v is not None}}
        for (strike, side), quote in poll["quotes"].items()
    ]
    return {
        "v": "1",
        "index_name": poll["index_name"],
        "expiry": poll["expiry"].isoformat(),
        "segment": "NFO",
        "feed_time": poll["feed_time"].isoformat(),
        "polled_at": poll["polled_at"].isoformat(),
        "source": "live",
        "spot": "24466.35",
        "lot_size": "65",
        "quotes": json.dumps(quotes),
    }
