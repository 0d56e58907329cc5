"""The feed's life, with lines and passes made for the story: it connects, follows, renews, backs off."""

import asyncio
import json
import struct
import threading
from datetime import date, datetime

from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.core.patience import BackOff
from ingest_ws.core.subscriptions import Family, Reach
from ingest_ws.core.ticks import Instrument
from ingest_ws.handlers import Feed, Pass, RefusedError, not_ready_because
from ingest_ws.intake import Intake
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
EXPIRY = date(2026, 1, 20)
SPOT = Instrument("NIFTY", "NSE", "99926000", "NIFTY")
CHAIN = tuple(
    Instrument("NIFTY", "NFO", f"{strike}{side}", f"NIFTY{strike}{side}", EXPIRY, strike, side)
    for strike in range(24_000, 25_050, 50)
    for side in ("CE", "PE")
)
FAMILY = Family("NIFTY", SPOT, None, CHAIN)


def ltp(price, token=SPOT.token, exchange_type=1):
    at_ms = int(NOW.timestamp()) * 1000
    return struct.pack("<BB25sqqq", 1, exchange_type, token.encode(), 1, at_ms, round(price * 100))


class ALine:
    """A socket that stays open until it is told to end."""

    def __init__(self, ends_with=None):
        self.said = []
        self._ended = threading.Event()
        self._ends_with = ends_with
        if ends_with:
            self._ended.set()

    has_said_all = True

    def say(self, frames):
        self.said += map(json.loads, frames)

    def hang_up(self):
        self._ended.set()

    def listen(self):
        self._ended.wait(10)
        return self._ends_with or "hung_up"

    def end(self, reason):
        self._ends_with = reason
        self._ended.set()


class SomePasses:
    """Counts what is asked of the broker's session."""

    def __init__(self):
        self.renewals = []

    async def current(self):
        return self._pass()

    async def renewed(self, stale):
        self.renewals.append(stale.jwt)
        return self._pass()

    def _pass(self):
        return Pass(f"jwt-{len(self.renewals)}", "feed", "key", "S1")


class Story:
    """One feed in front of scripted answers to each dial; the last answer is given for ever."""

    def __init__(self, *answers, back_off=None):
        self.answers = list(answers)
        self.lines = []
        self.entries = []
        self.day = EXPIRY
        self.passes = SomePasses()
        self.intake = Intake(lambda: NOW, TickBuffer(1000))
        self.done = asyncio.Event()
        self.feed = Feed(
            "slot-1",
            self._families,
            self._dial,
            self.passes,
            self.intake,
            reach=Reach(around=1, slack=0),
            edition=lambda: self.day,
            chance=lambda: 0.0,
            back_off=back_off or BackOff(first=0, most=0, crowded=0),
        )

    async def _families(self):
        return (FAMILY,)

    def _dial(self, entry):
        self.entries.append(entry.jwt)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        line = answer()
        self.lines.append(line)
        return line

    def hear(self, raw):
        """Have a packet come, and go on to the publisher."""
        self.intake.on_packets([raw])
        self.intake.entries()

    async def until(self, is_so):
        async with asyncio.timeout(5):
            while not is_so():
                await asyncio.sleep(0)

    async def __aenter__(self):
        self._task = asyncio.create_task(self.feed.run(self.done))
        return self

    async def __aexit__(self, *_):
        self.done.set()
        async with asyncio.timeout(5):
            await self._task


def tokens(frame):
    return set(frame["params"]["tokenList"][0]["tokens"])


async def test_first_the_spot_is_followed_and_once_it_is_known_the_chain_around_it():
    async with Story(ALine) as story:
        await story.until(lambda: story.lines and story.lines[0].said)
        [first] = story.lines[0].said
        story.hear(ltp(24_510))
        await story.until(lambda: len(story.lines[0].said) == 2)

    assert tokens(first) == {SPOT.token}
    assert tokens(story.lines[0].said[1]) == {
        f"{strike}{side}" for strike in (24_450, 24_500, 24_550) for side in ("CE", "PE")
    }


async def test_a_spot_that_has_moved_unsubscribes_before_it_subscribes():
    async with Story(ALine) as story:
        await story.until(lambda: story.lines and story.lines[0].said)
        story.hear(ltp(24_500))
        await story.until(lambda: len(story.lines[0].said) == 2)
        story.hear(ltp(24_550))
        await story.until(lambda: len(story.lines[0].said) == 4)

    gone, new = story.lines[0].said[2:]
    assert (gone["action"], tokens(gone)) == (0, {"24450CE", "24450PE"})
    assert (new["action"], tokens(new)) == (1, {"24600CE", "24600PE"})


async def test_a_new_connection_is_told_everything_at_once():
    async with Story(ALine) as story:
        await story.until(lambda: story.lines and story.lines[0].said)
        story.hear(ltp(24_510))
        await story.until(lambda: len(story.lines[0].said) == 2)
        story.lines[0].end("lost")
        await story.until(lambda: len(story.lines) == 2 and story.lines[1].said)

    assert {token for frame in story.lines[1].said for token in tokens(frame)} == {SPOT.token} | {
        f"{strike}{side}" for strike in (24_450, 24_500, 24_550) for side in ("CE", "PE")
    }


async def test_a_refused_token_is_renewed_once_and_not_again_while_it_is_refused():
    refused = RefusedError(401, "Invalid Header - Invalid Auth token")

    async with Story(refused, refused, refused, ALine) as story:
        await story.until(lambda: story.lines)

    assert story.passes.renewals == ["jwt-0"]
    assert story.entries == ["jwt-0", "jwt-1", "jwt-1", "jwt-1"]


async def test_after_a_connection_a_refused_token_is_renewed_again():
    refused = RefusedError(401, "")

    async with Story(refused, lambda: ALine("closed"), refused, ALine) as story:
        await story.until(lambda: len(story.lines) == 2)

    assert story.passes.renewals == ["jwt-0", "jwt-1"]


async def test_a_crowded_broker_is_not_asked_again_before_its_time():
    async with Story(RefusedError(429, ""), ALine, back_off=BackOff(first=0, crowded=3600)) as story:
        await story.until(lambda: story.entries)
        for _ in range(50):
            await asyncio.sleep(0)

    assert story.entries == ["jwt-0"]
    assert story.lines == []


async def test_a_broker_that_is_away_is_asked_again_and_again():
    away = Unavailable("market socket cannot be opened")

    async with Story(away, away, away, ALine) as story:
        await story.until(lambda: story.lines)

    assert len(story.entries) == 4
    assert story.passes.renewals == []


async def test_a_new_days_master_ends_the_connection_and_begins_another():
    async with Story(ALine) as story:
        await story.until(lambda: story.lines and story.lines[0].said)
        story.day = date(2026, 1, 21)
        await story.until(lambda: len(story.lines) == 2)


async def test_stopping_hangs_up():
    async with Story(ALine) as story:
        await story.until(lambda: story.feed.is_connected)

    assert not story.feed.is_connected
    assert story.lines[0].listen() == "hung_up"


async def test_readiness_follows_the_connection_and_in_market_hours_the_chain():
    story = Story(ALine)
    assert not_ready_because((story.feed,), trading=False) == "market socket"

    async with story:
        await story.until(lambda: story.lines and story.lines[0].said)
        assert not_ready_because((story.feed,), trading=False) is None
        assert not_ready_because((story.feed,), trading=True) == "subscriptions"
        story.hear(ltp(24_510))
        assert not_ready_because((story.feed,), trading=True) is None


def test_a_replica_without_a_slot_stands_by_and_is_ready():
    assert not_ready_because((), trading=True) is None


def test_a_pass_does_not_show_itself():
    assert "secret" not in repr(Pass("secret", "secret", "secret", "secret"))
