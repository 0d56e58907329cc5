"""A ledger with a day in it, and the trader's side of the simulated Telegram."""

from datetime import date, datetime, timedelta

import requests

from oi_common.database import Database, upsert
from oi_common.market.buckets import IST, from_wall_time, utc_naive
from oi_common.tables import chain_buckets, option_snapshots

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 24)
NOW = datetime(2026, 11, 18, 10, 34, 30, tzinfo=IST)


def bucket_times(until=NOW):
    time = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 IST wall time
    while time <= until.replace(tzinfo=None):
        yield time
        time += timedelta(minutes=3)


def header(time, **measures):
    fed = utc_naive(from_wall_time(time)) + timedelta(seconds=10)
    return {
        **dict.fromkeys(column.name for column in chain_buckets.columns),
        "time": time, "index_name": "NIFTY", "expiry": EXPIRY, "polls": 9, "polls_expected": 9, "polls_missed": [],
        "changed": 3, "state": "saved", "source": "live", "is_stub": False, "is_auction": False, "feed_time": fed,
        "saved_at": fed, **measures,
    }  # fmt: skip


def row(time, strike, **known):
    return {
        **{column.name: None for column in option_snapshots.columns if column.name not in {"created_at", "updated_at"}},
        "time": time, "index_name": "NIFTY", "expiry": EXPIRY, "strike": strike, "source": "live",
        "reason": "oi_changed", "feed_time": utc_naive(from_wall_time(time)), **known,
    }  # fmt: skip


def write_day(url, *, measures=lambda _place: {}, legs=lambda _place, _strike: {}, until=NOW):
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


class Chat:
    """The trader's side of the simulated Telegram."""

    def __init__(self, url):
        self.url = url

    def sent(self):
        return requests.get(f"{self.url}/telegram/sent", timeout=20).json()

    def texts(self):
        return [message["text"] for message in self.sent()]

    def say(self, text, chat_id=1001):
        requests.post(f"{self.url}/telegram/say", json={"text": text, "chat_id": chat_id}, timeout=20)

    def press(self, message_id, data, chat_id=1001):
        said = {"message_id": message_id, "data": data, "chat_id": chat_id}
        requests.post(f"{self.url}/telegram/press", json=said, timeout=20)

    def turn(self, **faults):
        assert requests.post(f"{self.url}/simulator/faults", json=faults, timeout=20).ok

    def calm(self):
        requests.delete(f"{self.url}/simulator/faults", timeout=20)
