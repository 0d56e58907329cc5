"""What a notifier says of a day that a demo has kept, with all the other services' events, and killed three times.

By hand, on folders of `oi demo --keep`: KEPT_DAYS=/a/folder:/another pytest -n0 -s tests/integration/notifier/kept_day.py
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from oi_common.market.buckets import from_utc_naive, wall_time
from oi_common.market.sessions import session_on
from oi_common.tables import chain_buckets
from support.kept_day import copy_database, entries_of, steps_of
from support.told import Telling, acknowledged, just_published, kept_and_not_yet_sent, tell

MOST = 40
FOLDERS = [Path(name) for name in os.environ.get("KEPT_DAYS", "").split(":") if name]


def indices_and_day(database_url):
    """Return the underlyings that were watched, and the day's session."""
    engine, c = create_engine(database_url), chain_buckets.c
    with engine.connect() as connection:
        names = connection.execute(select(c.index_name).distinct().order_by(c.index_name)).scalars().all()
        day: datetime = connection.execute(select(func.max(c.time))).scalar_one()
    engine.dispose()
    return names, session_on("NFO", day.date())


def kills_of(steps, undisturbed):
    """Return three steps to kill it in: two in which it has something to tell, one in which it has told it."""
    said = [from_utc_naive(message.at) for message in undisturbed if message.rule != "close"]
    busy = sorted({next(n for n, step in enumerate(steps) if step.until > at) for at in said})
    places = [busy[len(busy) * part // 4] for part in (1, 2, 3)]
    return dict(zip(places, (just_published, kept_and_not_yet_sent, acknowledged), strict=True))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def kept(request, tmp_path):
    """(the indices, the session, the steps, and what copies the database) of a kept day."""
    folder = request.param
    copy_database(folder, tmp_path / "first.db")
    names, session = indices_and_day(f"sqlite:///{tmp_path / 'first.db'}")
    entries = entries_of(folder, names, tmp_path / "redis")
    return (
        names,
        session,
        steps_of(entries, session.opens),
        lambda name: copy_database(folder, tmp_path / name),
    )


@pytest.fixture
def play(kept, notifier, redis_url, tmp_path, chat):
    names, session, steps, copy = kept

    def played(name, kills):
        copy(name)
        url = f"sqlite:///{tmp_path / name}"
        environment = {"DATABASE_URL": url, "INDICES": ",".join(names), "ALERTS_OFF": ""}
        telling, before = Telling(redis_url, url), len(chat.sent())
        told = tell(
            telling, steps, lambda: notifier(**environment), kills, session.closes + timedelta(minutes=9)
        )
        telling.end()
        return told, chat.texts()[before:]

    return played


@pytest.mark.skipif(not FOLDERS, reason="KEPT_DAYS names no folder")
def test_a_kept_day_s_messages_are_few_distinct_and_the_same_after_three_kills(play, kept):
    undisturbed, texts = play("undisturbed.db", {})
    kills = kills_of(kept[2], undisturbed)

    disturbed, texts_after = play("disturbed.db", kills)

    show(undisturbed, kills)
    assert ids(disturbed) == ids(undisturbed)
    assert len(undisturbed) == len(texts) <= MOST
    for arrived in (texts, texts_after):
        assert len(set(arrived)) == len(arrived)


def ids(messages):
    return [(message.event_id, message.rule, message.title, message.at) for message in messages]


def show(messages, kills):
    """Write the list: when, which rule, the first line, and the reason."""
    sys.stdout.write(f"\n{len(messages)} messages, killed in the steps {sorted(kills)}\n")
    for message in messages:
        first, _, *reason = "".join(words for words, _ in message.body).split("\n")
        at = wall_time(from_utc_naive(message.at))
        sys.stdout.write(f"{at:%H:%M} | {message.rule} | {first} | {' / '.join(reason)}\n")
