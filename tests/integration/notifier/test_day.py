"""A whole day with all rules on: few messages, none twice, and a killed notifier tells the same ones."""

import shutil
from datetime import timedelta

import pytest
import redis
from sqlalchemy import create_engine, select

from notifier.core.rules import RULES
from oi_common.events import AlertRaised, DecisionMade, OiChanged, SnapshotSaved, TradeFilled, stream_of
from oi_common.tables import alerts_sent
from support.processes import eventually
from support.told_day import CLOSES, INDICES, events, write_eventful_day
from support.trader import move_clock, publish

MOST = 40
OPENS = CLOSES.replace(hour=9, minute=15)
STEP = 3  # buckets: nine minutes, so that nothing is late
TOLD = ("sent", "unsure")
WAITING = ("pending", "sending")
SPOKEN_OF = {*RULES, "brief", "close", "decision", "trade", "redis_memory"} - {"stale"}
OF_AN_INDEX = (SnapshotSaved, OiChanged, DecisionMade, TradeFilled)
STREAMS = [*(stream_of(event, name) for event in OF_AN_INDEX for name in INDICES), stream_of(AlertRaised)]
ENVIRONMENT = {"INDICES": ",".join(INDICES), "ALERTS_OFF": ""}


class Day:
    """What is said on a day, and what became of it."""

    def __init__(self, redis_url, sqlite_url):
        self.redis_url = redis_url
        self._engine = create_engine(sqlite_url)

    def publish_step(self, number):
        """Publish the next buckets' events; time stands at their end."""
        start = number * STEP
        move_clock(self.redis_url, OPENS + timedelta(minutes=3 * (start + STEP)))
        for _, said in list(events())[start : start + STEP]:
            for event, name in said:
                publish(self.redis_url, event, name)

    def is_handled(self):
        """Say whether the group has read and acknowledged all there is."""
        with redis.Redis.from_url(self.redis_url) as client:
            return all(_is_read(client, stream) for stream in STREAMS if client.exists(stream))

    def messages(self, states=TOLD):
        c = alerts_sent.c
        statement = select(c.event_id, c.rule).where(c.state.in_(states)).order_by(c.at, c.event_id)
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def is_told(self):
        return self.is_handled() and not self.messages(WAITING)

    def is_over(self):
        return self.is_told() and any(event_id.startswith("close:quality") for event_id, _ in self.messages())


def _is_read(client, stream):
    groups = {group["name"]: group for group in client.xinfo_groups(stream)}
    last = client.xinfo_stream(stream)["last-generated-id"]
    group = groups.get(b"notifier")
    return group is not None and not group["pending"] and group["last-delivered-id"] == last


@pytest.fixture
def play(notifier, sqlite_url, redis_url, tmp_path, chat):
    """Play the day to a notifier that is killed in some of its steps; return what it told, and the chat's texts."""
    write_eventful_day(sqlite_url)

    def played(name, kills):
        shutil.copy(sqlite_url.removeprefix("sqlite:///"), tmp_path / name)
        environment = {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path / name}"}
        day, before = Day(redis_url, environment["DATABASE_URL"]), len(chat.sent())
        with redis.Redis.from_url(redis_url) as client:
            client.flushall()
        move_clock(redis_url, OPENS)
        process = notifier(**environment)
        for number in range(-(-len(list(events())) // STEP)):
            day.publish_step(number)
            if number in kills:
                eventually(lambda at=kills[number]: at(day), within=60, what="the moment", every=0.005)
                process.kill()
                process = notifier(**environment)
            eventually(day.is_told, within=180, what=f"step {number} told")
        move_clock(redis_url, CLOSES + timedelta(minutes=9))
        eventually(day.is_over, within=180, what="the day's reports")
        process.stop()
        return day.messages(), chat.texts()[before:]

    return played


def test_a_day_s_messages_are_few_distinct_and_the_same_after_three_kills(play):
    undisturbed, texts = play("undisturbed.db", {})

    disturbed, texts_after = play(
        "disturbed.db",
        {
            5: lambda _: True,  # just published
            18: lambda day: day.messages(WAITING) != [],  # kept, and not yet sent
            35: Day.is_handled,  # acknowledged
        },
    )

    assert disturbed == undisturbed
    assert {rule for _, rule in undisturbed} == SPOKEN_OF
    assert len(undisturbed) == len(texts) <= MOST
    for arrived in (texts, texts_after):
        assert len(set(arrived)) == len(arrived)
