"""The poller as it is wired, against the simulated exchange and a real Redis, at simulated time."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import pytest

from oi_common.broker.errors import BrokerError
from oi_common.broker.session import BrokerSession
from oi_common.broker.smart_connect import SmartConnect
from oi_common.connections import connect_redis
from oi_common.events import CandleClosed, ChainPolled, GreeksFetched
from oi_common.limiter import SharedLimiter
from oi_common.market.buckets import IST
from poller.adapters.broker import AngelBroker
from simulator.core.model_market import ModelMarket
from simulator.testing import ManualClock, Serving, running_exchange
from support.polling import FILLER, PacedClock, grid, run, settings, slots, told

DAY = date(2026, 8, 6)
SPOT = ("NSE", "99926000")


def at(hour, minute, second=0):
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, second, tzinfo=IST)


@pytest.fixture(scope="module")
def market():
    return ModelMarket(DAY, seed=7)


async def test_every_slot_of_every_chain_is_polled_once_with_candles_and_greeks(redis_url, market, tmp_path):
    manual = ManualClock(at(9, 14))
    with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
        await run(exchange, manual, redis_url, tmp_path, at(9, 21, 30))
        tally = exchange.exchange.tally

        for name in ("NIFTY", "BANKNIFTY"):
            polls = await told(redis_url, ChainPolled, name)
            expiries = sorted({poll.expiry for poll in polls})
            assert len(expiries) == 2
            for expiry in expiries:
                of_chain = [poll for poll in polls if poll.expiry == expiry]
                assert slots(of_chain) == list(grid(at(9, 15), at(9, 21, 20)))
            candles = await told(redis_url, CandleClosed, name)
            assert [candle.time for candle in candles] == [at(9, 15), at(9, 18)]
            greeks = await told(redis_url, GreeksFetched, name)
            assert len(greeks) == 2 * 3
        assert sum(tally.refused.values()) == 0
        assert not tally.order_calls


async def test_what_is_told_is_what_the_exchange_knows(redis_url, market, tmp_path):
    manual = ManualClock(at(11, 0))
    with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
        await run(exchange, manual, redis_url, tmp_path, at(11, 0, 50), indices=("NIFTY",), expiries=1)

    first, *_ = polls = await told(redis_url, ChainPolled, "NIFTY")
    assert [poll.polled_at for poll in polls] == [at(11, 0), at(11, 0, 20), at(11, 0, 40)]
    assert len(first.quotes) == 2 * (2 * 12 + 1)
    for quote in first.quotes:
        known = market.quote("NFO", quote.token, first.polled_at)
        assert (quote.oi, quote.volume, quote.ltp) == (known.oi, known.volume, known.ltp)
        assert (quote.bid, quote.ask) == (known.buy[0].price, known.sell[0].price)
    candles = await told(redis_url, CandleClosed, "NIFTY")
    assert [candle.time for candle in candles][:2] == [at(9, 15), at(9, 18)]
    assert len(candles) == 35
    [known] = market.candles(*SPOT, at(9, 18), at(9, 18), timedelta(minutes=3))
    assert (candles[1].open, candles[1].high) == (known.open, known.high)


async def test_the_same_seed_tells_the_same_in_every_run(redis_url, market, tmp_path):
    runs = []
    for number in range(2):
        redis = connect_redis(redis_url)
        await redis.flushall()
        manual = ManualClock(at(9, 14, 59))
        with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
            await run(exchange, manual, redis_url, tmp_path / str(number), at(9, 18, 10), expiries=3)
        streams = [key for key in sorted(await redis.keys("oi:*")) if await redis.type(key) == "stream"]
        runs.append({key: [fields for _, fields in await redis.xrange(key)] for key in streams})
        await redis.aclose()

    assert len(runs[0]) == 6
    assert runs[0] == runs[1]
    polled_at = {poll["polled_at"] for poll in runs[0]["oi:polls:{BANKNIFTY}"]}
    assert any(
        not moment.endswith(("00+05:30", "20+05:30", "40+05:30")) for moment in polled_at
    )  # limiter waits


@pytest.mark.parametrize(
    "fault",
    [
        {"rate_limited": {"value": True, "times": 1, "endpoint": "quote"}},
        {"empty_body": {"value": True, "times": 1, "endpoint": "quote"}},
        {"html_page": {"value": True, "times": 1, "endpoint": "quote"}},
        {"missing_message": {"value": True, "times": 1, "endpoint": "quote"}},
        {"ab1004_share": {"value": 1.0, "times": 2}},
        {"ab1021": {"value": True, "times": 1}},
    ],
)
async def test_one_failure_of_the_broker_costs_no_slot_and_no_candle(redis_url, market, tmp_path, fault):
    manual = ManualClock(at(9, 17, 30))
    with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
        exchange.exchange.faults.turn(fault, manual.now())
        await run(exchange, manual, redis_url, tmp_path, at(9, 19), indices=("NIFTY",), expiries=1)
        assert sum(exchange.exchange.tally.faults.values()) > 0

    polls = await told(redis_url, ChainPolled, "NIFTY")
    assert slots(polls) == list(grid(at(9, 17, 40), at(9, 19)))
    assert [candle.time for candle in await told(redis_url, CandleClosed, "NIFTY")] == [at(9, 15)]


async def test_a_broker_that_is_away_for_a_minute_costs_its_slots_and_shifts_none(
    redis_url, market, tmp_path
):
    manual = ManualClock(at(9, 17, 30))
    with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
        fault = {"empty_body": {"value": True, "seconds": 65, "endpoint": "quote"}}
        exchange.exchange.faults.turn(fault, manual.now())
        await run(exchange, manual, redis_url, tmp_path, at(9, 19, 30), indices=("NIFTY",), expiries=1)

    polls = await told(redis_url, ChainPolled, "NIFTY")
    assert slots(polls) == list(grid(at(9, 18, 40), at(9, 19, 20)))


async def test_polls_survive_redis(own_redis, market, tmp_path):
    process, url = own_redis
    manual = ManualClock(at(9, 14))
    with running_exchange(market, manual, serving=Serving(master_filler=FILLER)) as exchange:
        await run(
            exchange,
            manual,
            url,
            tmp_path,
            at(9, 20),
            [(at(9, 16), process.kill)],
            indices=("NIFTY",),
            expiries=1,
        )
        waiting = (tmp_path / "spool" / "NIFTY.ndjson").read_text().splitlines()
        assert sum(json.loads(line)["kind"] == "polls" for line in waiting) == 13
        process.start()
        await asyncio.sleep(0.5)
        await run(exchange, manual, url, tmp_path, at(9, 21), indices=("NIFTY",), expiries=1)

    polls = await told(url, ChainPolled, "NIFTY")
    assert slots(polls) == list(grid(at(9, 15), at(9, 21)))
    assert [candle.time for candle in await told(url, CandleClosed, "NIFTY")] == [at(9, 15)]
    assert not (tmp_path / "spool" / "NIFTY.ndjson").exists()


@asynccontextmanager
async def asking(exchange, manual, url, folder):
    """A broker as the poller asks it, whose session waits for TOTP steps without real time passing."""
    wall = [manual.now().timestamp()]

    async def sleep(seconds):
        wall[0] += seconds

    redis, clock = connect_redis(url), PacedClock(manual, manual.now() + timedelta(hours=1))
    wanted = settings(exchange, folder)
    session = BrokerSession(redis, wanted, clock, wall=lambda: wall[0], sleep=sleep)
    client = SmartConnect(wanted.angel_api_key.get_secret_value(), wanted.angel_rest_url)
    try:
        yield AngelBroker(client, session, SharedLimiter(redis, clock, wanted.angel_client_code), clock)
    finally:
        client.close()
        await redis.aclose()


async def test_an_expired_session_is_renewed_once_and_nothing_is_missed(redis_url, market, tmp_path):
    manual = ManualClock(at(10, 0))
    with running_exchange(market, manual) as exchange:
        async with asking(exchange, manual, redis_url, tmp_path) as broker:
            await broker.quotes([SPOT], before=at(10, 1))
            exchange.exchange.faults.turn({"expire_tokens": True}, manual.now())

            read = await broker.quotes([SPOT], before=at(10, 1))

        assert read.quotes[SPOT].ltp == market.quote(*SPOT, read.asked_at).ltp
        assert exchange.exchange.tally.requests["loginByPassword"] == 2


async def test_a_session_that_expires_at_once_again_is_not_renewed_in_a_loop(redis_url, market, tmp_path):
    manual = ManualClock(at(10, 0))
    with running_exchange(market, manual) as exchange:
        exchange.exchange.faults.turn({"expire_tokens": {"value": True, "times": 9}}, manual.now())
        async with asking(exchange, manual, redis_url, tmp_path) as broker:
            with pytest.raises(BrokerError, match="AG8001"):
                await broker.quotes([SPOT], before=at(10, 1))

        assert exchange.exchange.tally.requests["loginByPassword"] == 2


async def test_an_answer_that_would_come_too_late_is_not_asked_for(redis_url, market, tmp_path):
    manual = ManualClock(at(10, 0))
    with running_exchange(market, manual) as exchange:
        async with asking(exchange, manual, redis_url, tmp_path) as broker:
            with pytest.raises(BrokerError, match="too late"):
                await broker.quotes([SPOT] * 300, before=at(10, 0, 1))

        assert exchange.exchange.tally.requests["quote"] == 5
