"""One reader for everyone: what is read, how often, and what is shown while something is away."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dashboard.board import Board
from dashboard.core.choice import Choice
from dashboard.core.desk import Alert, Desk
from dashboard.core.facts import Heard, Point, Service, Tick
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST
from support.live_page import DAY, OPENS, bucket, chain
from support.times import SteppingClock

NOW = datetime(2026, 11, 20, 9, 19, tzinfo=IST)
LIVE = Choice("NIFTY")


class Tables:
    """The database, as far as the page asks it."""

    def __init__(self):
        self.asked, self.failure = [], None
        self.stored = {
            "NIFTY": chain(points=(Point(OPENS, "sealed", 24_500.0, feed_at=NOW - timedelta(seconds=8)),))
        }
        self.held = Desk()

    async def chain(self, choice):
        return self._say(f"chain {choice.index_name}", self.stored.get(choice.index_name))

    async def days(self, index_name):
        return self._say("days", (DAY,) if index_name in self.stored else ())

    async def desk(self, _key):
        return self._say("desk", self.held)

    async def services(self, _key=None):
        return self._say("services", (Service("bucketer", "b-1", "ready", datetime(2026, 11, 20, 3)),))  # noqa: DTZ001

    def _say(self, what, value):
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
        return value


class Ears:
    def __init__(self):
        self.heard = Heard(frozenset(), {}, None)
        self.failure = None

    async def listen(self):
        if self.failure is not None:
            raise self.failure
        return self.heard


@pytest.fixture
def tables():
    return Tables()


@pytest.fixture
def ears():
    return Ears()


@pytest.fixture
def board(tables, ears):
    return Board(tables, tables, ears, SteppingClock(NOW), is_simulated=False)


async def heard_once(board):
    """Let the board listen once."""
    stop = asyncio.Event()
    following = asyncio.create_task(board.follow(stop))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    await following


async def test_ten_pages_that_show_the_same_share_one_reading_and_one_drawing(board, tables):
    screens = await asyncio.gather(*(board.look(LIVE) for _ in range(10)))

    assert all(screen is screens[0] for screen in screens)
    assert sorted(tables.asked) == ["chain NIFTY", "days", "desk", "services"]


async def test_all_strikes_and_the_near_ones_are_of_one_reading(board, tables):
    near = await board.look(LIVE)
    wide = await board.look(replace(LIVE, is_wide=True))

    assert near.panels["chain"] != wide.panels["chain"]
    assert tables.asked.count("chain NIFTY") == 1


async def test_a_page_is_told_how_old_its_data_are(board):
    present = await board.present(await board.look(LIVE))

    assert (present.fresh.level, present.fresh.said) == ("live", "live, 8 s old")
    assert "24,512.35" in present.panels["tiles"]


async def test_a_database_that_is_away_leaves_what_was_read_and_says_so(board, tables):
    before = await board.look(LIVE)
    tables.failure = Unavailable("database: connection refused")
    board._chains.ring(lambda _key: True)
    board._chains._apart = -1.0
    await board.look(LIVE)
    await asyncio.sleep(0)

    screen = await board.look(LIVE)
    present = await board.present(screen)

    assert screen.panels == before.panels
    assert present.fresh.level == "down"
    assert "connection refused" in present.fresh.said


async def test_a_database_that_was_never_there_shows_no_market_and_why(board, tables):
    tables.failure = Unavailable("database: no such table")

    screen = await board.look(LIVE)

    assert "The database does not answer: database: no such table." in screen.panels["chain"]
    assert (await board.present(screen)).fresh.level == "down"


async def test_an_underlying_without_buckets_says_so_and_shows_no_tiles_of_another(board):
    await board.look(LIVE)

    screen = await board.look(Choice("BANKNIFTY"))

    assert "No bucket of BANKNIFTY is stored yet." in screen.panels["chain"]
    assert "24,512.35" not in (await board.present(screen)).panels["tiles"]


async def test_a_tick_is_shown_at_once_without_asking_the_database(board, tables, ears):
    screen = await board.look(LIVE)
    asked = len(tables.asked)
    ears.heard = Heard(frozenset(), {"NIFTY": Tick(24_599.05, NOW), "INDIAVIX": Tick(13.37, NOW)}, None)

    await heard_once(board)

    tiles = (await board.present(screen)).panels["tiles"]
    assert "24,599.05" in tiles
    assert "VIX 13.37" in tiles
    assert len(tables.asked) == asked


async def test_a_past_bucket_knows_no_later_tick(board, ears):
    ears.heard = Heard(frozenset(), {"NIFTY": Tick(24_599.05, NOW)}, None)
    await heard_once(board)

    screen = await board.look(LIVE.at_bucket(OPENS))

    present = await board.present(screen)
    assert "24,599.05" not in present.panels["tiles"]
    assert present.fresh.level == "past"


async def test_streams_that_are_away_are_named(board, ears):
    ears.failure = Unavailable("redis does not answer")
    screen = await board.look(LIVE)

    await heard_once(board)

    fresh = (await board.present(screen)).fresh
    assert (fresh.level, "redis does not answer" in fresh.said) == ("late", True)


async def test_an_alert_of_the_stream_stands_beside_those_told_each_once(board, tables, ears):
    told = Alert("a", OPENS, "info", "told", "", "rule", "NIFTY")
    fresh = Alert("b", OPENS + timedelta(minutes=1), "critical", "fresh", "", "rule")
    of_another = Alert("c", OPENS, "info", "of another", "", "rule", "BANKNIFTY")
    of_yesterday = Alert("d", OPENS - timedelta(days=1), "info", "of yesterday", "", "rule")
    tables.held = Desk(alerts=(told,))
    ears.heard = Heard(frozenset(), {}, (fresh, told, of_another, of_yesterday))
    await heard_once(board)

    drawn = (await board.look(LIVE)).panels["alerts"]

    assert drawn.index("fresh") < drawn.index("told")
    assert drawn.count("<li") == 2
    assert "of another" not in drawn
    assert "of yesterday" not in drawn


async def test_the_days_that_are_stored_can_be_chosen(board):
    assert (await board.look(LIVE)).days == (date(2026, 11, 20),)


async def test_a_bell_has_the_tables_asked_again(board, tables, ears):
    await board.look(LIVE)
    tables.stored["NIFTY"] = chain(bucket=bucket(spot=24_700.0))
    board._chains._apart = -1.0
    ears.heard = Heard(frozenset({"NIFTY"}), {}, None)

    await heard_once(board)
    await board.look(LIVE)
    await asyncio.sleep(0)

    assert (await board.look(LIVE)).chain.bucket.spot == 24_700.0
    assert tables.asked.count("chain NIFTY") == 2
