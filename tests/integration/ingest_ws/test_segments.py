"""Feeds of the other segments: a commodity with its futures and chains, and shares alone."""

import pytest

from oi_common.events import TickReceived
from oi_common.wire import decode

COMMODITY = (("CRUDEOILM",), True)
OF_BSE = (("SENSEX",), True)
SHARES = (("RELIANCE", "SBIN", "NIFTY"), False)


async def ticks_of(redis, name):
    entries = await redis.xrange(f"oi:ticks:{{{name}}}")
    return [decode(TickReceived, fields) for _, fields in entries]


@pytest.mark.parametrize("followed", [COMMODITY])
async def test_a_commodity_ticks_with_its_futures_and_the_chains_around_them(feeding, redis, until):
    await until(lambda: feeding.is_subscribed)

    async def everything_has_ticked():
        found = await ticks_of(redis, "CRUDEOILM")
        futures = {tick.expiry for tick in found if tick.strike is None}
        return len(futures) == 2 and len({tick.expiry for tick in found if tick.strike}) == 2

    await until(everything_has_ticked)
    found = await ticks_of(redis, "CRUDEOILM")
    first = found[0]
    assert (first.segment, first.strike) == ("MCX", None)  # the future that measures the money comes first
    assert {(tick.segment, tick.index_name) for tick in found} == {("MCX", "CRUDEOILM")}
    options = [tick for tick in found if tick.option_type]
    assert all(abs(tick.strike - first.ltp) <= 3.5 * 50 for tick in options if tick.expiry < first.expiry)
    assert all(tick.oi is not None and tick.volume is not None for tick in options)


@pytest.mark.parametrize("followed", [OF_BSE])
async def test_an_index_of_bse_ticks_with_its_chains(feeding, redis, until):
    async def index_and_options_have_ticked():
        found = await ticks_of(redis, "SENSEX")
        return {(tick.segment, bool(tick.strike)) for tick in found} >= {("BSE", False), ("BFO", True)}

    await until(index_and_options_have_ticked)
    assert feeding.is_subscribed
    assert {tick.segment for tick in await ticks_of(redis, "SENSEX")} == {"BSE", "BFO"}


@pytest.mark.parametrize("followed", [SHARES])
async def test_shares_tick_alone_with_a_book_and_a_volume_and_no_oi(feeding, redis, until):
    async def all_have_ticked():
        return all([await ticks_of(redis, name) for name in SHARES[0]])

    await until(all_have_ticked)
    assert feeding.is_subscribed
    for name in ("RELIANCE", "SBIN"):
        found = await ticks_of(redis, name)
        assert {(tick.segment, tick.symbol, tick.expiry) for tick in found} == {("NSE", f"{name}-EQ", None)}
        assert all(tick.bid < tick.ask and tick.volume and tick.oi is None for tick in found)
    assert {tick.volume for tick in await ticks_of(redis, "NIFTY")} == {None}
