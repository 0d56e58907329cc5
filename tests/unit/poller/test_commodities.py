"""The poller's work on a commodity: futures in place of an index, evening hours, no Greeks of the broker."""

from datetime import date, datetime, timedelta

import pytest

from oi_common.broker.contracts import Instrument, Instruments
from oi_common.events import CandleClosed, ChainPolled
from oi_common.market.buckets import IST
from poller.core.plan import Job, Timetable, Work, closed_buckets
from poller.core.reading import CandleRead, QuoteRead, QuotesRead
from poller.core.repair import Holes
from poller.core.run import begun
from poller.core.window import Window
from poller.handlers import Poller, PollRules
from poller.repairer import Repairer
from support.times import SteppingClock

SECOND = timedelta(seconds=1)
NEAR, NEXT = date(2026, 10, 15), date(2026, 11, 17)
NEAR_FUTURE, NEXT_FUTURE = date(2026, 10, 19), date(2026, 11, 19)
PRICES = {"f1019": 5_512.0, "f1119": 5_633.0}


def crude(token, kind, expiry, strike=None, side=None):
    return Instrument("MCX", token, f"CRUDEOILM{token}", "CRUDEOILM", kind, 10, 1.0, expiry, strike, side)


FUTURES = [crude(f"f{expiry:%m%d}", "FUTCOM", expiry) for expiry in (NEAR_FUTURE, NEXT_FUTURE)]
OPTIONS = {
    expiry: [
        crude(f"{expiry:%m%d}{strike}{side}", "OPTFUT", expiry, strike, side)
        for strike in range(5_300, 5_850, 50)
        for side in ("CE", "PE")
    ]
    for expiry in (NEAR, NEXT)
}
LISTED = Instruments([*FUTURES, *OPTIONS[NEAR], *OPTIONS[NEXT]])
AFTER_THE_EXPIRY = Instruments([*FUTURES, *OPTIONS[NEXT]])
AFTER_THE_DELIVERY = Instruments([FUTURES[1], *OPTIONS[NEXT]])


def at(hour, minute, second=0, day=date(2026, 10, 14)):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


class Broker:
    """Knows the prices of the futures; every option is the same."""

    def __init__(self, clock):
        self.clock = clock
        self.candles_of = []

    async def quotes(self, keys, before):
        assert self.clock.now() < before
        assert {exchange for exchange, _ in keys} == {"MCX"}
        now = self.clock.now()
        return QuotesRead(
            now, {key: QuoteRead(ltp=PRICES.get(key[1], 80.0), oi=40, feed_time=now) for key in keys}
        )

    async def candles(self, row, first, _last):
        self.candles_of.append(row.token)
        return (CandleRead(first, 5_510.0, 5_515.0, 5_505.0, 5_512.0, 7),)

    async def oi_history(self, _row, _first, last):
        return {last: 40}


class Outbox(list):
    async def send(self, event, underlying):
        assert underlying == event.index_name == "CRUDEOILM"
        self.append(event)


class Windows(dict):
    async def load(self, *chain):
        return self.get(chain)

    async def save(self, *chain_and_window):
        *chain, window = chain_and_window
        self[tuple(chain)] = window


class Library:
    instruments = LISTED


@pytest.fixture
def clock():
    return SteppingClock(at(21, 0))


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def broker(clock):
    return Broker(clock)


@pytest.fixture
def poller(clock, broker, outbox):
    return Poller(PollRules(20 * SECOND, 2), clock, broker, Library(), outbox, Windows())


@pytest.mark.parametrize(
    ("rank", "expiry", "spot", "strikes"), [(0, NEAR, 5_512.0, 5_500), (1, NEXT, 5_633.0, 5_650)]
)
async def test_each_chain_is_polled_around_the_future_it_is_delivered_into(
    poller, outbox, clock, rank, expiry, spot, strikes
):
    await poller.work_on(Job(clock.now(), Work.POLL, rank, "CRUDEOILM", clock.now(), rank))

    [poll] = outbox
    assert isinstance(poll, ChainPolled)
    assert (poll.segment, poll.expiry, poll.spot, poll.lot_size) == ("MCX", expiry, spot, 10)
    assert sorted({quote.strike for quote in poll.quotes}) == list(range(strikes - 100, strikes + 150, 50))


async def test_candles_are_those_of_the_future_under_the_nearest_chain(poller, broker, outbox, clock):
    clock.at = at(9, 3, 5)

    await poller.work_on(Job(clock.now(), Work.CANDLES, 0, "CRUDEOILM", at(9, 0)))

    assert broker.candles_of == ["f1019"]
    [candle] = outbox
    assert isinstance(candle, CandleClosed)
    assert (candle.time, candle.close, candle.volume) == (at(9, 0), 5_512.0, 7)


async def test_on_the_day_after_the_options_end_the_next_future_leads(poller, broker, clock):
    clock.at = at(9, 3, 5, day=date(2026, 10, 16))

    await poller.work_on(Job(clock.now(), Work.CANDLES, 0, "CRUDEOILM", clock.now()))

    assert broker.candles_of == ["f1119"]


def test_a_commodity_is_polled_in_the_evening_and_the_broker_not_asked_for_its_greeks():
    table = Timetable(20 * SECOND, ("CRUDEOILM",), 2)

    jobs = list(table.opening("CRUDEOILM", at(21, 0)))

    assert {job.work for job in jobs} == {Work.POLL, Work.CANDLES, Work.REPAIR}
    assert {job.due for job in jobs} == {at(21, 0)}


@pytest.mark.parametrize(
    ("day", "opens", "buckets", "last"),
    [
        (date(2026, 10, 30), at(9, 0, day=date(2026, 10, 30)), 290, "23:27"),
        (date(2026, 11, 2), at(9, 0, day=date(2026, 11, 2)), 299, "23:54"),
        (date(2026, 10, 20), at(17, 0, day=date(2026, 10, 20)), 130, "23:27"),  # a holiday's evening
    ],
)
def test_its_buckets_are_those_of_mcx(day, opens, buckets, last):
    closed = closed_buckets("CRUDEOILM", at(23, 59, day=day))

    assert (closed[0], len(closed), f"{closed[-1]:%H:%M}") == (opens, buckets, last)


def repair(instruments, *moments, nearest):
    days = {moment.date() for moment in moments}
    return begun("CRUDEOILM", days, Holes({}, moments, nearest), instruments, at(10, 0))


def test_a_past_day_is_repaired_from_the_future_that_led_it():
    ends, after = at(10, 0, day=NEAR), at(10, 0, day=NEAR + timedelta(days=1))

    run = repair(AFTER_THE_EXPIRY, ends, after, nearest={NEAR: NEAR, after.date(): NEXT})

    assert [(question.row.token, question.first) for question in run.index] == [
        ("f1019", ends),
        ("f1119", after),
    ]
    assert not run.why


class Ledger:
    async def window(self, *_chain_and_day):
        return Window(5_500, 5_500)


class Answers(dict):
    async def load(self, _underlying, question):
        return self.get(question.name)

    async def keep(self, _underlying, question, answer):
        self[question.name] = answer

    async def forget(self, _underlying):
        self.clear()


class Desk:
    async def asked(self, _underlying):
        return ()


async def test_a_repaired_chain_of_another_month_is_told_without_a_spot(clock, broker, outbox):
    day, missing = date(2026, 10, 14), at(9, 0)
    holes = Holes({(NEAR, day): (missing,), (NEXT, day): (missing,)}, nearest={day: NEAR})
    run = begun("CRUDEOILM", [day], holes, LISTED, at(10, 0))
    parts = clock, broker, Library(), outbox, Windows(), Ledger(), Answers(), Desk()
    repairer = Repairer(*parts, strikes_around=2, apart=SECOND)

    while not run.is_finished:
        await repairer.advance(run)

    told = {poll.expiry: (poll.segment, poll.spot, len(poll.quotes)) for poll in outbox}
    assert told == {NEAR: ("MCX", 5_512.0, 10), NEXT: ("MCX", None, 10)}
    assert broker.candles_of[0] == "f1019"


def test_a_future_that_is_listed_no_more_is_not_stood_in_for_by_the_next():
    run = repair(AFTER_THE_DELIVERY, at(10, 0, day=NEAR), nearest={NEAR: NEAR})

    assert not run.index
    assert run.why == {"candles": "the broker does not list the future of some days any more"}
