"""Repairs on fakes: a broker that answers history from memory, a ledger with holes, answers that outlive a crash."""

from datetime import date, datetime, timedelta

import pytest

from oi_common.backfill import Progress
from oi_common.broker.contracts import Instrument, Instruments
from oi_common.broker.errors import BrokerUnavailable, NoData, Throttled, WrongCredentials
from oi_common.errors import Unavailable
from oi_common.events import CandleClosed, ChainBackfilled, DayClosed
from oi_common.market.buckets import IST
from poller.closing import Closing
from poller.core.plan import Job, Work
from poller.core.reading import CandleRead
from poller.core.repair import Holes
from poller.core.window import Window
from poller.repairer import Repairer
from poller.repairs import Repairs
from support.times import SteppingClock

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 23)
BUCKET = timedelta(minutes=3)
SPOT = Instrument("NSE", "99926000", "Nifty 50", "NIFTY", "AMXIDX", 1, 0.0)


def at(hour, minute, second=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def option(strike, side):
    return Instrument("NFO", f"{strike}{side}", "", "NIFTY", "OPTIDX", 65, 0.05, EXPIRY, strike, side)


OPTIONS = [option(strike, side) for strike in (24450, 24500, 24550) for side in ("CE", "PE")]


class Library:
    instruments = Instruments([SPOT, *OPTIONS])


class Broker:
    """Every contract's OI is the minutes since midnight; `failures` come first, `silent` tokens have no OI."""

    def __init__(self):
        self.failures = []
        self.silent = set()
        self.asked = []

    async def candles(self, row, first, last):
        self._note("candles", row)
        return tuple(
            CandleRead(start, 24500.0, 24510.0, 24490.0, 24505.0, 10) for start in self._starts(first, last)
        )

    async def oi_history(self, row, first, last):
        self._note("oi", row)
        if row.token in self.silent:
            raise NoData("nothing")
        return {start: start.hour * 60 + start.minute for start in self._starts(first, last)}

    def _note(self, kind, row):
        if self.failures:
            raise self.failures.pop(0)
        self.asked.append((kind, row.token))

    @staticmethod
    def _starts(first, last):
        return [first + n * BUCKET for n in range(int((last - first) / BUCKET) + 1)]


class Outbox:
    def __init__(self):
        self.events = []

    async def send(self, event, underlying):
        assert underlying == "NIFTY"
        self.events.append(event)

    def is_waiting(self, _underlying):
        return False

    def of(self, kind):
        return [event for event in self.events if type(event) is kind]


class Ledger:
    """Has holes until they are told; counts how often it was looked at."""

    def __init__(self, outbox, buckets=(), candles=()):
        self.outbox = outbox
        self.buckets = buckets
        self.candles = candles
        self.is_behind = False
        self.failure = None
        self.begins = DAY

    async def has_caught_up(self, _underlying, *, live):
        return not (live and self.is_behind)

    async def first_day(self, _underlying):
        return self.begins

    async def has_rows(self, _underlying, _day):
        return True

    async def holes(self, _underlying, days):
        if self.failure:
            raise self.failure
        told = {event.feed_time - BUCKET + timedelta(seconds=1) for event in self.outbox.of(ChainBackfilled)}
        candles = {event.time for event in self.outbox.of(CandleClosed)}
        left = tuple(b for b in self.buckets if b not in told and b.date() in days)
        return Holes(
            {(EXPIRY, DAY): left} if left else {}, tuple(c for c in self.candles if c not in candles)
        )

    async def window(self, _underlying, _expiry, _day):
        return Window(24500, 24550)


class Answers(dict):
    async def load(self, _underlying, question):
        return self.get(question.name)

    async def keep(self, _underlying, question, answer):
        self[question.name] = answer

    async def forget(self, _underlying):
        self.clear()


class Desk:
    def __init__(self, *days):
        self.days = set(days)
        self.said = []

    async def asked(self, _underlying):
        return tuple(sorted(self.days))

    async def hear(self, underlying, day):
        if day not in {said.day for said in self.said}:
            await self.report(underlying, Progress(day=day, state="waiting"))

    async def report(self, _underlying, progress):
        self.said.append(progress)
        if progress.is_final:
            self.days.discard(progress.day)


class Windows:
    async def load(self, *_chain):
        return None


class Scene:
    def __init__(self, *, buckets=(), candles=(), wishes=(), now=None):
        self.clock = SteppingClock(now or at(11, 0))
        self.broker, self.outbox = Broker(), Outbox()
        self.ledger, self.answers = Ledger(self.outbox, buckets, candles), Answers()
        self.desk = Desk(*wishes)
        self.start()

    def start(self):
        """A process begins: what it remembers is gone, what is shared stays."""
        closing = Closing(self.clock, Library, self.outbox, self.ledger, chains=1)
        repairer = Repairer(
            self.clock, self.broker, Library, self.outbox, Windows(), self.ledger, self.answers, self.desk,
            strikes_around=1, apart=timedelta(seconds=1),
        )  # fmt: skip
        self.repairs = Repairs(self.clock, Library, self.ledger, self.desk, closing, repairer)
        self.job = Job(self.clock.now(), Work.REPAIR, 0, "NIFTY", self.clock.now())

    async def steps(self, most=200):
        """Take steps until there is nothing more to do, or so many; say how many were taken."""
        for taken in range(1, most + 1):
            jobs = await self.repairs.step(self.job)
            if not jobs:
                self.job = Job(self.clock.now(), Work.REPAIR, 0, "NIFTY", self.clock.now())
                return taken
            [self.job] = jobs
            await self.clock.sleep_until(self.job.due)
        return most


HOLE = (at(10, 0), at(10, 3))


async def test_a_hole_is_told_bucket_by_bucket_from_oi_candles_and_the_index():
    scene = Scene(buckets=HOLE)

    await scene.steps()

    events = scene.outbox.of(ChainBackfilled)
    assert [event.feed_time for event in events] == [at(10, 2, 59), at(10, 5, 59)]
    first = events[0]
    assert (first.source, first.spot, first.lot_size, len(first.quotes)) == (
        "backfill",
        24505.0,
        65,
        6,
    )  # rows from 24500 on, and 24450 around the money
    quote = first.quotes[0]
    assert (quote.oi, quote.ltp, quote.volume, quote.bid, quote.prev_close) == (600, 24505.0, 160, None, None)


async def test_each_request_waits_its_turn_so_that_polls_come_between():
    scene = Scene(buckets=HOLE)

    await scene.steps()

    assert len(scene.broker.asked) == 1 + 2 * 6
    assert scene.clock.now() - at(11, 0) >= timedelta(seconds=12)


async def test_what_was_answered_before_a_crash_is_not_asked_again():
    scene = Scene(buckets=HOLE)
    await scene.steps(most=5)
    before = list(scene.broker.asked)

    scene.start()
    await scene.steps()

    assert len(before) == 4
    assert len(scene.broker.asked) == len(set(scene.broker.asked)) == 13
    assert len(scene.outbox.of(ChainBackfilled)) == 2


@pytest.mark.parametrize("times", [1, 20])
async def test_a_throttled_question_is_asked_until_it_is_answered(times):
    scene = Scene(buckets=HOLE)
    scene.broker.failures = [Throttled("slow down") for _ in range(times)]

    await scene.steps()

    assert [quote.oi for quote in scene.outbox.of(ChainBackfilled)[0].quotes] == [600] * 6


async def test_a_broker_that_keeps_failing_is_left_alone_and_nothing_is_made_up():
    scene = Scene(buckets=HOLE, wishes=(DAY,))
    scene.broker.failures = [BrokerUnavailable("nothing came back") for _ in range(3 * 8)]

    await scene.steps()

    assert scene.outbox.events == []
    last = scene.desk.said[-1]
    assert (last.state, last.holes, last.told) == ("failed", 2, 0)
    assert "nothing came back" in last.why


async def test_a_contract_without_open_interest_is_told_without():
    scene = Scene(buckets=HOLE)
    scene.broker.silent = {"24500CE"}

    await scene.steps()

    quotes = {(q.strike, q.side): q.oi for q in scene.outbox.of(ChainBackfilled)[0].quotes}
    assert quotes[24500, "CE"] is None
    assert quotes[24500, "PE"] == 600


async def test_a_bucket_of_which_the_broker_knows_no_oi_stays_missing():
    scene = Scene(buckets=HOLE, wishes=(DAY,))
    scene.broker.silent = {row.token for row in OPTIONS}

    await scene.steps()

    assert scene.outbox.of(ChainBackfilled) == []
    assert "no open interest" in scene.desk.said[-1].why


async def test_missing_candles_are_told_afterwards():
    scene = Scene(candles=(at(10, 0),))

    await scene.steps()

    [candle] = scene.outbox.of(CandleClosed)
    assert (candle.time, candle.source, candle.close) == (at(10, 0), "backfill", 24505.0)


async def test_a_wish_is_reported_on_from_beginning_to_end():
    scene = Scene(buckets=HOLE, wishes=(DAY,))

    scene.job = await scene.repairs.wished_for("NIFTY", scene.clock.now())
    twice = await scene.repairs.wished_for("NIFTY", scene.clock.now())
    await scene.steps()

    assert twice is None
    assert [p.state for p in scene.desk.said] == ["waiting", *["fetching"] * 13, "published"]
    last = scene.desk.said[-1]
    assert (last.answered, last.questions, last.holes, last.told) == (13, 13, 2, 2)
    assert scene.desk.days == set()


async def test_a_wish_for_a_day_without_holes_is_answered_at_once():
    scene = Scene(wishes=(DAY,))

    await scene.steps()

    assert [(p.state, p.holes) for p in scene.desk.said] == [("published", 0)]
    assert scene.broker.asked == []


async def test_a_day_is_closed_once_after_its_last_candles_and_only_when_all_is_handled():
    scene = Scene(now=at(15, 46, 29))
    await scene.steps()
    too_early = list(scene.outbox.events)
    scene.clock.advance(timedelta(seconds=1))
    scene.ledger.is_behind = True
    scene.start()
    await scene.steps(most=5)
    behind = list(scene.outbox.events)
    scene.ledger.is_behind = False
    await scene.steps()
    await scene.steps()

    assert (too_early, behind) == ([], [])
    [closed] = scene.outbox.of(DayClosed)
    assert (closed.day, closed.expiries, closed.segment) == (DAY, (EXPIRY,), "NFO")


async def test_the_day_before_is_closed_only_if_the_ledger_goes_back_so_far():
    new, old = Scene(), Scene()
    old.ledger.begins = date(2026, 11, 17)

    await new.steps()
    await old.steps()

    assert new.outbox.of(DayClosed) == []
    assert [event.day for event in old.outbox.of(DayClosed)] == [date(2026, 11, 17)]


async def test_a_day_that_is_wished_for_is_closed_once_more():
    scene = Scene(now=at(16, 0), wishes=(DAY,))
    await scene.steps()
    scene.desk.days = {DAY}
    await scene.steps()

    assert [event.day for event in scene.outbox.of(DayClosed)] == [DAY, DAY]


async def test_a_ledger_that_goes_away_while_the_strikes_are_looked_up_is_asked_again():
    scene = Scene(buckets=HOLE, candles=(at(10, 0),))
    whole, calls = scene.ledger.window, []

    async def window(*chain):
        calls.append(chain)
        if len(calls) == 1:
            raise Unavailable("database: gone away")
        return await whole(*chain)

    scene.ledger.window = window
    await scene.steps()

    assert len(calls) == 2
    assert len(scene.outbox.of(ChainBackfilled)) == 2
    assert len(scene.outbox.of(CandleClosed)) == 1


async def test_a_ledger_that_cannot_be_asked_is_asked_again_later():
    scene = Scene(buckets=HOLE)
    scene.ledger.failure = Unavailable("database: gone away")

    [again] = await scene.repairs.step(scene.job)
    scene.ledger.failure = None
    scene.job = again
    await scene.steps()

    assert again.due > at(11, 0)
    assert len(scene.outbox.of(ChainBackfilled)) == 2


async def test_one_chain_of_steps_goes_on_at_a_time():
    scene = Scene(buckets=HOLE)
    first = await scene.repairs.step(scene.job)

    assert len(first) == 1
    assert await scene.repairs.step(Job(at(11, 3), Work.REPAIR, 0, "NIFTY", at(11, 3))) == ()
    assert await scene.repairs.step(Job(at(11, 3), Work.REPAIR, 0, "NIFTY", at(11, 3), attempt=1)) == ()


async def test_wrong_credentials_end_the_work():
    scene = Scene(buckets=HOLE)
    scene.broker.failures = [WrongCredentials("wrong key")]

    with pytest.raises(WrongCredentials):
        await scene.steps()


async def test_a_step_left_over_from_a_lost_lease_starts_no_second_chain_of_steps():
    scene = Scene(buckets=HOLE)
    [left_over] = await scene.repairs.step(scene.job)

    scene.repairs.open("NIFTY")
    scene.clock.advance(timedelta(seconds=1))
    [again] = await scene.repairs.step(scene.job)

    assert again.due != left_over.due
    assert await scene.repairs.step(left_over) == ()
