"""Which events lead to a decision."""

from datetime import date, timedelta

import pytest

from ai_rich.handlers import Deferred, RichLoop
from ai_rich.settings import Settings
from oi_common.effects import NOTHING
from oi_common.errors import Unprocessable
from simulator.testing import ManualClock
from support.rich import AT, EXPIRY, changed, saved, sealed

NEXT = date(2026, 12, 1)


class Past:
    async def pictures(self, _now):
        return {}


class Memory:
    def __init__(self, moment=None):
        self.moment = moment

    async def decided(self):
        return self.moment


async def a_loop(moment=None):
    loop = RichLoop("NIFTY", Past(), Memory(moment), ManualClock(AT), least=0.1)
    await loop.restore()
    await loop.on_snapshot(saved())
    return loop


async def test_a_change_and_a_sealed_bucket_wait_for_their_decision():
    loop = await a_loop()

    effects = [await loop.on_change(changed()), await loop.on_snapshot(sealed())]

    assert [type(each) for each in effects] == [Deferred, Deferred]
    assert [each.trigger.kind for each in effects] == ["oi_change", "bucket_sealed"]


async def test_a_small_change_updates_the_picture_and_no_more():
    loop = await a_loop()

    effects = await loop.on_change(changed(AT + timedelta(seconds=20), ratio=0.05, oi=530_000))

    assert effects is NOTHING
    assert len(loop.picture(EXPIRY).changes) == 1


async def test_only_the_nearest_expiry_is_decided_upon():
    loop = await a_loop()

    assert await loop.on_change(changed(expiry=NEXT)) is NOTHING
    assert await loop.on_snapshot(sealed(expiry=NEXT)) is NOTHING
    assert isinstance(await loop.on_change(changed()), Deferred)


async def test_the_day_after_an_expiry_the_next_one_is_the_nearest():
    loop = await a_loop()
    day_after = AT.replace(day=24)

    await loop.on_snapshot(saved(day_after, expiry=NEXT))

    assert isinstance(await loop.on_change(changed(day_after, expiry=NEXT)), Deferred)


async def test_a_moment_that_is_decided_upon_is_not_decided_upon_again():
    loop = await a_loop(AT)

    assert await loop.on_change(changed()) is NOTHING
    assert isinstance(await loop.on_change(changed(AT + timedelta(seconds=20))), Deferred)


async def test_a_repaired_bucket_does_not_change_the_picture():
    loop = await a_loop()

    await loop.on_snapshot(sealed(source="backfill", pcr_oi=9.0))

    assert loop.picture(EXPIRY).measures["pcr_oi"] == 1.0832


async def test_an_event_of_another_partition_is_refused():
    loop = await a_loop()

    with pytest.raises(Unprocessable, match="BANKNIFTY"):
        await loop.on_snapshot(saved(index_name="BANKNIFTY"))


@pytest.mark.parametrize(
    ("name", "value"), [("ai_rich_min_changed", 1.1), ("ai_rich_seconds", 0), ("ai_rich_oldest_seconds", 0)]
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})


def test_one_model_leaves_time_for_the_next():
    assert Settings(ai_rich_seconds=40).asking.request == timedelta(seconds=24)
