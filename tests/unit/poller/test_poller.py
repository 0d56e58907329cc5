"""The poller's work on fakes: a broker that answers from memory, an outbox that remembers."""

from datetime import date, datetime, timedelta

import pytest

from oi_common.broker.contracts import Instrument, Instruments
from oi_common.broker.errors import BrokerRefused, BrokerUnavailable, NoData, Throttled, WrongCredentials
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from poller.core.plan import Job, Work
from poller.core.reading import CandleRead, GreeksRead, QuoteRead, QuotesRead
from poller.handlers import Poller, PollRules
from support.times import SteppingClock

DAY = date(2026, 8, 6)
OPENED = datetime(2026, 8, 6, 9, 15, tzinfo=IST)
SLOT = OPENED + timedelta(minutes=5)
TODAY, NEXT_WEEK = date(2026, 8, 6), date(2026, 8, 13)
SPOT = ("NSE", "99926000")
STRIKES = range(24000, 25050, 50)
SECOND = timedelta(seconds=1)
BUCKET = timedelta(minutes=3)


def option(strike, side, expiry):
    return Instrument("NFO", f"{strike}{side}{expiry}", "", "NIFTY", "OPTIDX", 65, 0.05, expiry, strike, side)


INSTRUMENTS = Instruments(
    [Instrument(*SPOT, "Nifty 50", "NIFTY", "AMXIDX", 1, 0.0)]
    + [option(k, side, expiry) for expiry in (TODAY, NEXT_WEEK) for k in STRIKES for side in ("CE", "PE")]
)


class FakeBroker:
    """Answers every token; `failures` come first, `changed` replaces single quotes, None withholds them."""

    def __init__(self, clock):
        self.clock = clock
        self.spot = 24510.0
        self.oi = 100
        self.changed = {}
        self.failures = []
        self.asked = []
        self.ranges = []
        self.published_until = None

    async def quotes(self, keys, before):
        self._fail_if_told()
        assert self.clock.now() < before
        self.asked.append(list(keys))
        answer = {key: self._quote(key) for key in keys} | self.changed
        return QuotesRead(self.clock.now(), {key: answer[key] for key in keys if answer[key] is not None})

    async def candles(self, index, first, last):
        self._fail_if_told()
        assert (index.exchange, index.token) == SPOT
        self.ranges.append((first, last))
        starts = []
        while first <= min(last, self.published_until or last):
            starts.append(CandleRead(first, 24500.0, 24510.0, 24490.0, 24505.0, 0))
            first += BUCKET
        return tuple(starts)

    async def greeks(self, *_chain):
        self._fail_if_told()
        return (GreeksRead(Contract(24500, "CE"), 16.3, 0.49, 0.0028, -4.1, 2.3),)

    def _quote(self, key):
        if key == SPOT:
            return QuoteRead(ltp=self.spot, oi=0, feed_time=self.clock.now())
        return QuoteRead(ltp=10.0, oi=self.oi, volume=1, feed_time=self.clock.now())

    def _fail_if_told(self):
        if self.failures:
            raise self.failures.pop(0)


class Outbox:
    def __init__(self):
        self.events = []

    async def send(self, event, underlying):
        assert underlying == event.index_name
        self.events.append(event)


class Windows(dict):
    async def load(self, *chain):
        return self.get(chain)

    async def save(self, *chain_and_window):
        *chain, window = chain_and_window
        self[tuple(chain)] = window


class Library:
    def __init__(self):
        self.instruments = INSTRUMENTS
        self.failure = None

    async def reload(self):
        if self.failure:
            raise self.failure


@pytest.fixture
def clock():
    return SteppingClock(SLOT)


@pytest.fixture
def broker(clock):
    return FakeBroker(clock)


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def windows():
    return Windows()


@pytest.fixture
def library():
    return Library()


@pytest.fixture
def poller(clock, broker, outbox, windows, library):
    return Poller(PollRules(20 * SECOND, 2), clock, broker, library, outbox, windows)


def polling(slot=SLOT, rank=0, attempt=0):
    return Job(slot, Work.POLL, rank, "NIFTY", slot, rank, attempt)


def job(work, at):
    return Job(at, work, 0, "NIFTY", at)


def strikes(poll):
    return sorted({quote.strike for quote in poll.quotes})


async def test_a_poll_tells_the_slot_in_its_id_and_the_moment_it_was_asked(poller, outbox, clock):
    clock.advance(1.5 * SECOND)

    assert await poller.work_on(polling()) == ()

    [poll] = outbox.events
    assert poll.event_id == "polls:NIFTY:2026-08-06:2026-08-06T09:20:00+05:30"
    assert poll.polled_at == SLOT + 1.5 * SECOND
    assert (poll.spot, poll.lot_size, poll.segment, poll.source) == (24510.0, 65, "NFO", "live")
    assert strikes(poll) == [24400, 24450, 24500, 24550, 24600]


async def test_the_chain_that_expires_today_is_polled_to_its_last_slot(poller, outbox, clock):
    clock.at = OPENED.replace(hour=15, minute=39, second=40)

    await poller.work_on(polling(clock.at))

    assert outbox.events[0].expiry == TODAY


async def test_on_the_morning_after_the_next_chain_takes_the_place_of_the_one_that_expired(
    poller, outbox, clock
):
    clock.at = OPENED + timedelta(days=1)

    await poller.work_on(polling(clock.at))
    assert await poller.work_on(polling(clock.at, rank=1)) == ()

    assert [poll.expiry for poll in outbox.events] == [NEXT_WEEK]


async def test_a_rank_beyond_the_listed_expiries_is_no_work(poller, broker):
    assert await poller.work_on(polling(rank=2)) == ()
    assert broker.asked == []


async def test_the_window_follows_spot_and_drops_nothing_tracked_today(poller, broker, outbox, clock):
    for spot in (24510.0, 24710.0, 24710.0, 24510.0):
        broker.spot = spot
        await poller.work_on(polling(clock.now()))
        clock.advance(20 * SECOND)

    lowest_and_highest = [(strikes(poll)[0], strikes(poll)[-1]) for poll in outbox.events]
    assert lowest_and_highest == [(24400, 24600), (24400, 24600), (24400, 24800), (24400, 24800)]


async def test_a_restart_goes_on_with_the_window_of_before(poller, broker, outbox, clock, windows, library):
    await poller.work_on(polling())
    broker.spot = 24710.0
    clock.advance(20 * SECOND)
    again = Poller(PollRules(20 * SECOND, 2), clock, broker, library, outbox, windows)

    await again.work_on(polling(clock.now()))

    assert strikes(outbox.events[-1])[0] == 24400


async def test_a_contract_not_returned_is_absent_and_a_spot_not_returned_is_unknown(
    poller, broker, outbox, clock
):
    await poller.work_on(polling())
    clock.advance(20 * SECOND)
    broker.changed = {SPOT: None, ("NFO", f"24500CE{TODAY}"): None}

    await poller.work_on(polling(clock.now()))

    poll = outbox.events[-1]
    assert poll.spot is None
    assert (24500, "CE") not in {(quote.strike, quote.side) for quote in poll.quotes}
    assert (24500, "PE") in {(quote.strike, quote.side) for quote in poll.quotes}


@pytest.mark.parametrize("spoil", [{"oi": 0}, {"changed": {SPOT: QuoteRead(ltp=None)}}])
async def test_a_spoilt_reply_is_asked_for_once_more_and_never_published(
    poller, broker, outbox, clock, spoil
):
    for name, value in spoil.items():
        setattr(broker, name, value)

    [again] = await poller.work_on(polling())
    clock.at = again.due

    assert SLOT < again.due < SLOT + 20 * SECOND
    assert await poller.work_on(again) == ()
    assert outbox.events == []


@pytest.mark.parametrize(
    "failure", [BrokerUnavailable("503"), Throttled("403"), BrokerRefused("AB1009"), NoData("AB9019")]
)
async def test_a_failed_poll_is_tried_once_more_in_its_slot(poller, broker, outbox, clock, failure):
    broker.failures = [failure]

    [again] = await poller.work_on(polling())
    clock.at = again.due
    await poller.work_on(again)

    assert [poll.event_id for poll in outbox.events] == [f"polls:NIFTY:2026-08-06:{SLOT.isoformat()}"]


async def test_a_poll_that_failed_late_in_its_slot_is_not_tried_in_the_next(poller, broker, clock):
    broker.failures = [BrokerUnavailable("503")]
    clock.advance(18.5 * SECOND)

    assert await poller.work_on(polling()) == ()


@pytest.mark.parametrize("work", [Work.POLL, Work.CANDLES, Work.GREEKS])
async def test_wrong_credentials_end_the_work(poller, broker, work):
    broker.failures = [WrongCredentials("AB1050")]

    with pytest.raises(WrongCredentials):
        await poller.work_on(job(work, SLOT))


async def test_one_closed_bucket_is_asked_for_by_its_start_alone(poller, broker, outbox, clock):
    clock.at = OPENED + BUCKET + 5 * SECOND

    assert await poller.work_on(job(Work.CANDLES, clock.at)) == ()

    assert broker.ranges == [(OPENED, OPENED)]
    assert [candle.event_id for candle in outbox.events] == [f"candles:NIFTY:{OPENED.isoformat()}:live"]


async def test_after_a_pause_all_missing_candles_come_with_one_request(poller, broker, outbox, clock):
    clock.at = OPENED + 40 * BUCKET + 5 * SECOND

    await poller.work_on(job(Work.CANDLES, clock.at))
    await poller.work_on(job(Work.CANDLES, clock.at))

    assert broker.ranges == [(OPENED, OPENED + 39 * BUCKET)]
    assert [candle.time for candle in outbox.events] == [OPENED + n * BUCKET for n in range(40)]


async def test_a_candle_not_there_yet_is_asked_for_again_until_it_is(poller, broker, outbox, clock):
    clock.at = OPENED + BUCKET + 5 * SECOND
    broker.published_until = OPENED - BUCKET

    [again] = await poller.work_on(job(Work.CANDLES, clock.at))
    clock.at, broker.published_until = again.due, None
    assert await poller.work_on(again) == ()

    assert [candle.time for candle in outbox.events] == [OPENED]


async def test_a_candle_that_never_comes_is_left_to_the_repair_of_gaps(poller, broker, outbox, clock):
    clock.at = OPENED + BUCKET + 5 * SECOND
    broker.published_until = OPENED - BUCKET

    attempts, jobs = 1, await poller.work_on(job(Work.CANDLES, clock.at))
    while jobs:
        clock.at = jobs[0].due
        jobs = await poller.work_on(jobs[0])
        attempts += 1

    assert outbox.events == []
    assert broker.ranges == [(OPENED, OPENED)] * attempts
    assert OPENED + 3 * BUCKET <= clock.at < OPENED + 4 * BUCKET
    assert attempts < 12


async def test_a_failed_request_for_candles_is_made_again(poller, broker, outbox, clock):
    clock.at = OPENED + BUCKET + 5 * SECOND
    broker.failures = [BrokerUnavailable("AB1004")]

    [again] = await poller.work_on(job(Work.CANDLES, clock.at))
    await poller.work_on(again)

    assert [candle.time for candle in outbox.events] == [OPENED]


async def test_greeks_are_stamped_when_they_were_asked_for(poller, outbox, clock):
    await poller.work_on(Job(SLOT, Work.GREEKS, 0, "NIFTY", OPENED))

    [greeks] = outbox.events
    assert (greeks.feed_time, greeks.source, greeks.expiry) == (SLOT, "broker", TODAY)
    assert greeks.event_id == f"greeks:NIFTY:2026-08-06:{OPENED.isoformat()}:broker"
    assert greeks.rows[0].iv == 16.3


@pytest.mark.parametrize("failure", [NoData("AB9019"), BrokerUnavailable("AB1004"), Throttled("403")])
async def test_greeks_that_are_not_to_be_had_are_not_asked_for_again(poller, broker, outbox, failure):
    broker.failures = [failure]

    assert await poller.work_on(Job(SLOT, Work.GREEKS, 0, "NIFTY", OPENED)) == ()
    assert outbox.events == []


async def test_a_master_that_cannot_be_had_in_the_morning_is_tried_again(poller, library, clock):
    library.failure = Unavailable("instrument master: 503")

    [again] = await poller.work_on(Job(SLOT, Work.PREPARE, 0, "NFO", SLOT))

    assert again.due == clock.now() + timedelta(minutes=1)
    library.failure = None
    assert await poller.work_on(again) == ()
