"""The poller in every segment, and over the night after an expiry, against the simulated exchange."""

from datetime import date, datetime

import pytest

from oi_common.events import CandleClosed, ChainPolled, GreeksFetched
from oi_common.market.buckets import IST
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME
from simulator.testing import ManualClock, Serving, running_exchange
from support.polling import FILLER, grid, run, slots, told

EXPIRY_DAY = date(2026, 8, 6)  # a Thursday: a weekly of SENSEX ends
MORNING_AFTER = date(2026, 8, 7)
FILLED = Serving(master_filler=FILLER)


def at(hour, minute, second=0, day=EXPIRY_DAY):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def market_of(*names, day=EXPIRY_DAY):
    return ModelMarket(day, 7, tuple(BY_NAME[name] for name in names))


def chains(polls):
    return sorted({poll.expiry for poll in polls})


async def test_indices_of_bse_are_polled_in_their_segment_and_no_greeks_are_asked_for(redis_url, tmp_path):
    manual = ManualClock(at(10, 0))
    with running_exchange(market_of("SENSEX", "BANKEX"), manual, serving=FILLED) as exchange:
        await run(exchange, manual, redis_url, tmp_path, at(10, 3, 30), feed_segment="BFO")
        tally = exchange.exchange.tally

    for name in ("SENSEX", "BANKEX"):
        polls = await told(redis_url, ChainPolled, name)
        assert {poll.segment for poll in polls} == {"BFO"}
        assert len(chains(polls)) == 2
        assert all(poll.spot and len(poll.quotes) == 2 * (2 * 12 + 1) for poll in polls[:2])
        candles = await told(redis_url, CandleClosed, name)
        assert candles[-1].time == at(10, 0)
        assert await told(redis_url, GreeksFetched, name) == []
    assert sum(tally.refused.values()) == 0


async def test_a_shares_chains_are_polled_by_its_name_with_their_greeks(redis_url, tmp_path):
    market, manual = market_of("RELIANCE"), ManualClock(at(10, 0))
    with running_exchange(market, manual, serving=FILLED) as exchange:
        await run(exchange, manual, redis_url, tmp_path, at(10, 3, 30), indices=("RELIANCE",))
        tally = exchange.exchange.tally

    polls = await told(redis_url, ChainPolled, "RELIANCE")
    share = BY_NAME["RELIANCE"]
    assert chains(polls) == [date(2026, 8, 25), date(2026, 9, 29)]
    assert {poll.segment for poll in polls} == {"NFO"}
    first = polls[0]
    assert first.spot == market.quote("NSE", share.token, first.polled_at).ltp
    assert {quote.strike % 10 for quote in first.quotes} == {0}
    assert any(quote.oi for quote in first.quotes)
    candles = await told(redis_url, CandleClosed, "RELIANCE")
    assert (candles[-1].time, candles[-1].volume > 0) == (at(10, 0), True)
    assert await told(redis_url, GreeksFetched, "RELIANCE")
    assert sum(tally.refused.values()) == 0


async def test_a_commoditys_chains_are_polled_in_the_evening_around_their_futures(redis_url, tmp_path):
    market, manual = market_of("CRUDEOILM"), ManualClock(at(21, 0))
    with running_exchange(market, manual, serving=FILLED) as exchange:
        commodity = {"feed_segment": "MCX", "mcx_name": "CRUDEOILM"}
        await run(exchange, manual, redis_url, tmp_path, at(21, 3, 30), **commodity)
        tally = exchange.exchange.tally

    polls = await told(redis_url, ChainPolled, "CRUDEOILM")
    near, following = chains(polls)
    futures = {row.expiry: row for row in market.instruments() if row.kind == "FUTCOM"}
    for expiry in (near, following):
        of_chain = [poll for poll in polls if poll.expiry == expiry]
        future = futures[min(day for day in futures if day >= expiry)]
        assert slots(of_chain) == list(grid(at(21, 0), at(21, 3, 20)))
        assert {poll.segment for poll in of_chain} == {"MCX"}
        assert of_chain[0].spot == market.quote("MCX", future.token, of_chain[0].polled_at).ltp
        strikes = sorted({quote.strike for quote in of_chain[0].quotes})
        assert strikes[0] < of_chain[0].spot < strikes[-1]
        assert any(quote.oi for quote in of_chain[0].quotes)
    candles = await told(redis_url, CandleClosed, "CRUDEOILM")
    assert [candle.time for candle in candles][0::240] == [at(9, 0), at(21, 0)]
    assert candles[-1].volume
    assert await told(redis_url, GreeksFetched, "CRUDEOILM") == []
    assert sum(tally.refused.values()) == 0


async def test_of_nse_no_chain_is_polled(redis_url, tmp_path):
    manual = ManualClock(at(10, 0))
    with running_exchange(market_of("NIFTY"), manual, serving=FILLED) as exchange:
        watched = {"feed_segment": "NSE", "indices": ("NIFTY", "RELIANCE")}
        await run(exchange, manual, redis_url, tmp_path, at(10, 1), **watched)

    for name in watched["indices"]:
        assert await told(redis_url, ChainPolled, name) == []
        assert len(await told(redis_url, CandleClosed, name)) == 15


@pytest.mark.parametrize("expiries", [1, 2])
async def test_the_expiring_chain_is_polled_to_the_last_slot_and_the_next_from_the_open(
    redis_url, tmp_path, expiries
):
    watched = {"indices": ("SENSEX",), "expiries": expiries}
    evening = ManualClock(at(15, 38))
    with running_exchange(market_of("SENSEX"), evening, serving=FILLED) as exchange:
        await run(exchange, evening, redis_url, tmp_path, at(15, 50), **watched)
    before = await told(redis_url, ChainPolled, "SENSEX")
    morning = ManualClock(at(8, 50, day=MORNING_AFTER))
    with running_exchange(market_of("SENSEX", day=MORNING_AFTER), morning, serving=FILLED) as exchange:
        await run(exchange, morning, redis_url, tmp_path, at(9, 16, day=MORNING_AFTER), **watched)

    after = (await told(redis_url, ChainPolled, "SENSEX"))[len(before) :]
    ending = [poll for poll in before if poll.expiry == EXPIRY_DAY]
    assert slots(ending) == list(grid(at(15, 38), at(15, 39, 40)))
    assert ending[-1].feed_time >= at(15, 39, 40)
    assert len(chains(before)) == len(chains(after)) == expiries
    assert EXPIRY_DAY not in chains(after)
    for expiry in chains(after):
        begun = slots(poll for poll in after if poll.expiry == expiry)
        assert begun == list(grid(at(9, 15, day=MORNING_AFTER), at(9, 16, day=MORNING_AFTER)))
