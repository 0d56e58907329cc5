"""How decisions are told: the table first, then the stream, in their order, whatever is away."""

import asyncio
from datetime import timedelta

import pytest

from ai_minimal.teller import Teller
from oi_common.advice import MINIMAL, Desk
from oi_common.errors import LeaseLost, Unavailable
from simulator.testing import ManualClock
from support.situations import AT, rising


class Outside:
    """The tables and the stream as one list of what happened; `away` are what fails next."""

    def __init__(self, *away, slow=False):
        self.happened = []
        self.away = list(away)
        self.slow = slow

    def note(self, entry):
        self.happened.append(("noted", entry.event.event_time))

    async def write(self, *entries):
        if self.slow:
            await asyncio.sleep(60)
        self._fail("write")
        self.happened += [("kept", entry.event.event_time) for entry in entries]

    async def check(self):
        self._fail("check")

    async def publish_once(self, event):
        self._fail("publish")
        self.happened.append(("told", event.event_time))
        return True

    def _fail(self, name):
        for error in [each for each in self.away if each[0] == name][:1]:
            self.away.remove(error)
            raise error[1]


def decision(after=0):
    return Desk(MINIMAL, None, ManualClock(AT)).by_rules(rising(at=moment(after)), "no_model")


def moment(after):
    return AT + timedelta(seconds=after)


async def tell(outside, *decisions):
    teller, lost = Teller("NIFTY", outside, outside), asyncio.Event()
    for each in decisions:
        teller.tell(each)
    teller.close()
    await asyncio.wait_for(teller.run(lost), 10)
    return lost.is_set()


async def test_the_table_comes_before_the_stream_and_the_earlier_before_the_later():
    outside = Outside()

    await tell(outside, decision(), decision(1))

    assert outside.happened == [
        ("kept", moment(0)),
        ("told", moment(0)),
        ("kept", moment(1)),
        ("told", moment(1)),
    ]


@pytest.mark.parametrize("outside", [Outside(("write", Unavailable("away"))), Outside(slow=True)])
async def test_a_database_that_is_away_or_slow_gets_it_later_and_the_stream_does_not_wait(outside):
    await tell(outside, decision())

    assert outside.happened == [("noted", moment(0)), ("told", moment(0))]


async def test_a_redis_that_is_away_is_tried_again_and_nothing_is_kept_twice():
    outside = Outside(("publish", Unavailable("away")), ("check", Unavailable("away")))

    await tell(outside, decision())

    assert outside.happened == [("kept", moment(0)), ("told", moment(0))]


@pytest.mark.parametrize("where", ["check", "publish"])
async def test_whoever_lost_the_lease_tells_nothing_more(where):
    outside = Outside((where, LeaseLost("another's")))

    is_lost = await tell(outside, decision(), decision(1))

    assert is_lost
    assert not [what for what, _ in outside.happened if what == "told"]
