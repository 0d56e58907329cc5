"""What many want is read once; nobody waits for what is only newer."""

import asyncio
from datetime import timedelta

import pytest

from dashboard.shared import Shared
from oi_common.errors import Unavailable

NEVER, ALWAYS = timedelta(hours=1), timedelta(0)


class Source:
    """Counts its readings, and answers when it is told to."""

    def __init__(self):
        self.read, self.value, self.failure = [], "first", None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, key):
        self.read.append(key)
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return f"{self.value} {key}"


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_ten_who_ask_at_once_cost_one_reading():
    source = Source()
    shared = Shared(source, lasts=NEVER, apart=ALWAYS)

    answers = await asyncio.gather(*(shared.get("NIFTY") for _ in range(10)))

    assert answers == ["first NIFTY"] * 10
    assert source.read == ["NIFTY"]


async def test_after_the_bell_the_old_value_is_handed_out_while_the_new_one_is_read():
    source = Source()
    shared = Shared(source, lasts=NEVER, apart=ALWAYS)
    await shared.get("NIFTY")
    source.may_answer.clear()
    source.value = "second"

    shared.ring(lambda key: key == "NIFTY")
    await asyncio.sleep(0.01)
    meanwhile = await shared.get("NIFTY")
    source.may_answer.set()
    await settled()

    assert meanwhile == "first NIFTY"
    assert await shared.get("NIFTY") == "second NIFTY"
    assert source.read == ["NIFTY"] * 2


async def test_a_bell_for_another_key_costs_nothing():
    source = Source()
    shared = Shared(source, lasts=NEVER, apart=ALWAYS)
    await shared.get("NIFTY")

    shared.ring(lambda key: key == "BANKNIFTY")
    await shared.get("NIFTY")
    await settled()

    assert source.read == ["NIFTY"]


async def test_a_value_is_read_again_when_it_is_old_without_any_bell():
    source = Source()
    shared = Shared(source, lasts=ALWAYS, apart=ALWAYS)
    await shared.get("NIFTY")
    await asyncio.sleep(0.01)

    await shared.get("NIFTY")
    await settled()

    assert source.read == ["NIFTY"] * 2


async def test_an_equal_value_leaves_the_old_one_in_place():
    source = Source()
    shared = Shared(source, lasts=ALWAYS, apart=ALWAYS)
    before = await shared.get("NIFTY")
    await asyncio.sleep(0.01)

    await shared.get("NIFTY")
    await settled()

    assert await shared.get("NIFTY") is before


async def test_while_the_source_is_away_the_last_value_stands_and_the_trouble_is_named():
    source = Source()
    shared = Shared(source, lasts=ALWAYS, apart=ALWAYS)
    await shared.get("NIFTY")
    source.failure = Unavailable("database: gone")
    await asyncio.sleep(0.01)

    await shared.get("NIFTY")
    await settled()

    assert await shared.get("NIFTY") == "first NIFTY"
    assert shared.trouble == "database: gone"
    source.failure = None
    await asyncio.sleep(0.01)
    await shared.get("NIFTY")
    await settled()
    assert shared.trouble is None


async def test_what_was_never_read_cannot_be_handed_out():
    source = Source()
    source.failure = Unavailable("database: gone")
    shared = Shared(source, lasts=NEVER, apart=ALWAYS)

    with pytest.raises(Unavailable, match="gone"):
        await shared.get("NIFTY")


async def test_one_who_leaves_takes_the_reading_from_nobody():
    source = Source()
    source.may_answer.clear()
    shared = Shared(source, lasts=NEVER, apart=ALWAYS)
    leaving = asyncio.create_task(shared.get("NIFTY"))
    staying = asyncio.create_task(shared.get("NIFTY"))
    await settled()

    leaving.cancel()
    source.may_answer.set()

    assert await staying == "first NIFTY"
    assert source.read == ["NIFTY"]


async def test_only_so_many_values_are_kept():
    source = Source()
    shared = Shared(source, lasts=NEVER, apart=ALWAYS, most=2)

    for key in ("a", "b", "c", "a"):
        await shared.get(key)

    assert source.read == ["a", "b", "c", "a"]
