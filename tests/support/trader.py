"""A ledger with a day in it, its events, and the trader's side of the simulated Telegram."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import redis
import requests

from oi_common.database import Database
from oi_common.events import Event, SnapshotSaved, stream_of
from oi_common.market.buckets import IST, from_wall_time, utc_naive
from oi_common.tables import chain_buckets, option_snapshots
from oi_common.upserts import upsert
from oi_common.wire import encode

Row = dict[str, Any]

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 24)
NOW = datetime(2026, 11, 18, 10, 34, 30, tzinfo=IST)


def bucket_times(until: datetime = NOW) -> Iterator[datetime]:
    time = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 IST wall time
    while time <= until.replace(tzinfo=None):
        yield time
        time += timedelta(minutes=3)


def header(time: datetime, **measures: Any) -> Row:
    fed = utc_naive(from_wall_time(time)) + timedelta(seconds=10)
    return {
        **dict.fromkeys(column.name for column in chain_buckets.columns),
        "time": time, "index_name": "NIFTY", "expiry": EXPIRY, "polls": 9, "polls_expected": 9, "polls_missed": [],
        "changed": 3, "state": "saved", "source": "live", "is_stub": False, "is_auction": False, "feed_time": fed,
        "saved_at": fed, **measures,
    }  # fmt: skip


def row(time: datetime, strike: int, **known: Any) -> Row:
    return {
        **{column.name: None for column in option_snapshots.columns if column.name not in {"created_at", "updated_at"}},
        "time": time, "index_name": "NIFTY", "expiry": EXPIRY, "strike": strike, "source": "live",
        "reason": "oi_changed", "feed_time": utc_naive(from_wall_time(time)), **known,
    }  # fmt: skip


def write_day(
    url: str,
    *,
    measures: Callable[[int], Row] = lambda _place: {},
    legs: Callable[[int, int], Row] = lambda _place, _strike: {},
    until: datetime = NOW,
) -> list[datetime]:
    """Write the buckets of a day so far, each with five strikes."""
    times = list(bucket_times(until))
    headers = [header(time, **measures(place)) for place, time in enumerate(times)]
    rows = [
        row(t, strike, **legs(place, strike))
        for place, t in enumerate(times)
        for strike in range(24400, 24650, 50)
    ]
    database = Database(url)
    database.run_blocking(lambda connection: upsert(connection, chain_buckets, headers))
    database.run_blocking(lambda connection: upsert(connection, option_snapshots, rows))
    database.close()
    return times


def move_clock(url: str, moment: datetime) -> None:
    """Let simulated time stand at a moment."""
    epoch = str(moment.timestamp())
    with redis.Redis.from_url(url) as client:
        client.hset("oi:clock", mapping={"sim": epoch, "real": "0", "speed": "1", "limit": epoch})


def publish(url: str, event: Event, underlying: str | None = None) -> None:
    with redis.Redis.from_url(url) as client:
        client.xadd(stream_of(type(event), underlying), encode(event))


def saved(bucket: datetime, index_name: str = "NIFTY") -> SnapshotSaved:
    """Return what the bucketer says once it has saved a bucket (IST wall time)."""
    moment = from_wall_time(bucket)
    return SnapshotSaved(
        index_name=index_name, expiry=EXPIRY, time=moment, feed_time=moment + timedelta(seconds=10), state="saved",
        reason="oi_changed", strikes=5, source="live", metrics={}, rows=(),
    )  # fmt: skip


class Chat:
    """The trader's side of the simulated Telegram."""

    def __init__(self, url: str) -> None:
        self.url = url

    def sent(self) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = requests.get(f"{self.url}/telegram/sent", timeout=20).json()
        return sent

    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent()]

    def say(self, text: str, chat_id: int = 1001) -> None:
        requests.post(f"{self.url}/telegram/say", json={"text": text, "chat_id": chat_id}, timeout=20)

    def press(self, message_id: int, data: str, chat_id: int = 1001) -> None:
        said = {"message_id": message_id, "data": data, "chat_id": chat_id}
        requests.post(f"{self.url}/telegram/press", json=said, timeout=20)

    def turn(self, **faults: Any) -> None:
        assert requests.post(f"{self.url}/simulator/faults", json=faults, timeout=20).ok

    def faults(self) -> dict[str, Any]:
        armed: dict[str, Any] = requests.get(f"{self.url}/simulator/faults", timeout=20).json()
        return armed

    def calm(self) -> None:
        requests.delete(f"{self.url}/simulator/faults", timeout=20)
