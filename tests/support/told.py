"""A day that is told step by step to a real notifier, which may be killed in some steps, and what it said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import redis
from sqlalchemy import Row, create_engine, select

from oi_common.tables import alerts_sent
from support.processes import Process, eventually
from support.trader import move_clock

TOLD = ("sent", "unsure")
WAITING = ("pending", "sending")
STEP_WITHIN = 180.0

Entry = tuple[str, Mapping[str, str]]  # a stream, and the fields of one entry
Moment = Callable[["Telling"], bool]  # whether it is time to kill
Message = Row[tuple[int, str, str, str, datetime, list[list[str]]]]


@dataclass(frozen=True, slots=True)
class Step:
    """What is published at once; market time stands at `until`."""

    until: datetime
    entries: Sequence[Entry]


class Telling:
    """The streams and the table of one notifier."""

    def __init__(self, redis_url: str, database_url: str) -> None:
        self._redis_url = redis_url
        self._client = redis.Redis.from_url(redis_url)
        self._engine = create_engine(database_url)
        self._streams: set[str] = set()

    def begin(self, at: datetime) -> None:
        """Empty Redis, and let market time stand at a moment."""
        self._client.flushall()
        self._streams.clear()
        self.move_clock(at)

    def move_clock(self, to: datetime) -> None:
        move_clock(self._redis_url, to)

    def publish(self, step: Step) -> None:
        self.move_clock(step.until)
        pipeline = self._client.pipeline(transaction=False)
        for stream, fields in step.entries:
            pipeline.xadd(stream, dict(fields))  # type: ignore[arg-type]
            self._streams.add(stream)
        pipeline.execute()

    def is_handled(self) -> bool:
        """Say whether the group has read and acknowledged all there is."""
        return all(self._is_read(stream) for stream in self._streams)

    def is_told(self) -> bool:
        return self.is_handled() and not self.messages(WAITING)

    def is_over(self) -> bool:
        """Say whether the day's last report has been sent, too."""
        return self.is_told() and any(m.event_id.startswith("close:quality") for m in self.messages())

    def messages(self, states: Sequence[str] = TOLD) -> list[Message]:
        c = alerts_sent.c
        columns = (c.chat_id, c.event_id, c.rule, c.title, c.at, c.body)
        statement = select(*columns).where(c.state.in_(states)).order_by(c.chat_id, c.at, c.event_id)
        with self._engine.connect() as connection:
            return list(connection.execute(statement))

    def end(self) -> None:
        self._client.close()
        self._engine.dispose()

    def _is_read(self, stream: str) -> bool:
        groups = {group["name"]: group for group in self._client.xinfo_groups(stream)}
        last = self._client.xinfo_stream(stream)["last-generated-id"]
        group = groups.get(b"notifier")
        return group is not None and not group["pending"] and bool(group["last-delivered-id"] == last)


def tell(
    telling: Telling,
    steps: Sequence[Step],
    start: Callable[[], Process],
    kills: Mapping[int, Moment],
    closes: datetime,
) -> list[Message]:
    """Tell the day to a notifier that is killed in some of its steps; return what it sent, and to whom."""
    telling.begin(steps[0].until)
    process = start()
    for number, step in enumerate(steps):
        telling.publish(step)
        if number in kills:
            eventually(lambda at=kills[number]: at(telling), within=60, what="the moment", every=0.005)  # type: ignore[misc]
            process.kill()
            process = start()
        eventually(telling.is_told, within=STEP_WITHIN, what=f"step {number} told")
    telling.move_clock(closes)
    eventually(telling.is_over, within=STEP_WITHIN, what="the day's reports")
    process.stop()
    return telling.messages()


def just_published(_telling: Telling) -> bool:
    return True


def kept_and_not_yet_sent(telling: Telling) -> bool:
    return telling.messages(WAITING) != []


def acknowledged(telling: Telling) -> bool:
    return telling.is_handled()
