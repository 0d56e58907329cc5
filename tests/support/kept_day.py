"""What a demo's kept folder holds of its day: the events that a notifier reads, in their order, and their database."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import redis
from sqlalchemy import create_engine, delete

from oi_common.events import (
    AlertRaised,
    DecisionMade,
    Event,
    OiChanged,
    SnapshotSaved,
    TradeFilled,
    stream_of,
)
from oi_common.migrations import upgrade
from oi_common.tables import alert_outcomes, alert_rules, alerts_sent, services, telegram_chats
from oi_common.wire import decode
from support.redis_servers import local_redis
from support.told import Entry, Step

OF_AN_INDEX: tuple[type[Event], ...] = (SnapshotSaved, OiChanged, DecisionMade, TradeFilled)
STEP = timedelta(minutes=3)
_LOADS_WITHIN = 120
_OF_THE_NOTIFIER = (alerts_sent, alert_outcomes, alert_rules, telegram_chats)


def entries_of(folder: Path, indices: Sequence[str], scratch: Path) -> list[tuple[type[Event], Entry]]:
    """Return the day's entries as they came, out of a copy of the folder's Redis."""
    shutil.copytree(folder / "redis", scratch)
    with (
        local_redis(scratch, within=_LOADS_WITHIN) as (_, url),
        redis.Redis.from_url(url, decode_responses=True) as client,
    ):
        kinds = [(kind, stream_of(kind, name)) for kind in OF_AN_INDEX for name in indices]
        kinds.append((AlertRaised, stream_of(AlertRaised)))
        found = [
            (_place(number), kind, (stream, fields))
            for kind, stream in kinds
            for number, fields in client.xrange(stream)
        ]
    return [(kind, entry) for _, kind, entry in sorted(found, key=lambda each: each[0])]


def steps_of(entries: Sequence[tuple[type[Event], Entry]], opens: datetime) -> list[Step]:
    """Return the entries in steps of market time: each stands where the newest moment told so far stood."""
    steps: list[Step] = []
    until, said = opens + STEP, list[Entry]()
    for kind, entry in entries:
        moment = _moment(decode(kind, entry[1]))
        while moment is not None and moment >= until:
            steps += [Step(until, said)] if said else []
            until, said = until + STEP, []
        said.append(entry)
    return [*steps, Step(until, said)]


def copy_database(folder: Path, to: Path) -> None:
    """Copy the day's tables in today's form, without what a notifier has told and without heartbeats: those are over."""
    shutil.copy(folder / "oi.db", to)
    upgrade(f"sqlite:///{to}")
    engine = create_engine(f"sqlite:///{to}")
    with engine.begin() as connection:
        for table in (*_OF_THE_NOTIFIER, services):
            connection.execute(delete(table))
    engine.dispose()


def _place(number: str) -> tuple[int, int]:
    milliseconds, _, place = number.partition("-")
    return int(milliseconds), int(place)


def _moment(event: Event) -> datetime | None:
    """Return the market's moment of an event; None for a fill, which has none of its own."""
    moments = [getattr(event, name, None) for name in ("feed_time", "event_time", "raised_at", "time")]
    return next((moment for moment in moments if moment is not None), None)
