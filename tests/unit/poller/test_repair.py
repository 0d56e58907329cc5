"""What a repair asks and tells, and how often: pure."""

from datetime import date, datetime, timedelta

from oi_common.broker.contracts import Instrument
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from oi_common.market.sessions import session_on
from poller.core.attempts import Attempts
from poller.core.reading import CandleRead
from poller.core.repair import Holes, Told, chain_questions, chunks, fed_at, quotes_at
from poller.core.window import Window

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 23)
CALL = Contract(24500, "CE")
BUCKET = timedelta(minutes=3)
SESSION = session_on("NFO", DAY)


def at(hour, minute, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=IST)


def candle(start, close, volume):
    return CandleRead(start, close, close, close, close, volume)


def test_buckets_that_lie_far_apart_are_asked_for_in_parts():
    buckets = [at(9, 15) + timedelta(days=n) for n in (0, 1, 9, 10, 25)]

    assert [len(part) for part in chunks(buckets)] == [3, 1, 1]


def test_each_contract_is_asked_for_its_oi_and_its_candles_from_the_open_on():
    row = Instrument("NFO", "43521", "", "NIFTY", "OPTIDX", 65, 0.05, EXPIRY, 24500, "CE")

    questions = chain_questions([row], at(9, 15), at(10, 30))

    assert [(q.kind, q.first, q.last) for q in questions] == [
        ("oi", at(9, 15), at(10, 30)),
        ("candles", at(9, 15), at(10, 30)),
    ]
    assert questions[0].name == "oi|NFO:43521|202611180915|202611181030"


def test_the_volume_of_the_day_is_the_sum_of_all_candles_since_the_open():
    told = Told(
        {at(9, 15): candle(at(9, 15), 100, 650), at(9, 18): candle(at(9, 18), 101.5, 130)}, {at(9, 18): 975}
    )

    [quote] = quotes_at(at(9, 18), SESSION, {CALL: told}).values()

    assert (quote.oi, quote.ltp, quote.volume, quote.bid) == (975, 101.5, 780, None)


def test_the_volume_is_unknown_when_a_candle_is_missing():
    told = Told({at(9, 18): candle(at(9, 18), 101.5, 130)}, {at(9, 18): 975})

    [quote] = quotes_at(at(9, 18), SESSION, {CALL: told}).values()

    assert (quote.ltp, quote.volume) == (101.5, None)


def test_on_a_half_session_the_pause_between_its_parts_hides_no_volume():
    half_day = date(2024, 3, 2)
    session = session_on("NFO", half_day)
    candles = {start: candle(start, 100, 10) for start in session.buckets()}
    last = max(candles)

    [quote] = quotes_at(last, session, {CALL: Told(candles, {last: 650})}).values()

    assert session.pauses
    assert quote.volume == 10 * len(candles)


def test_a_contract_of_which_nothing_is_known_is_absent():
    assert quotes_at(at(9, 18), SESSION, {CALL: Told({}, {at(9, 15): 650})}) == {}


def test_history_is_of_the_last_second_of_its_bucket_and_of_the_session():
    assert fed_at(at(9, 15), SESSION) == at(9, 18) - timedelta(seconds=1)
    assert fed_at(at(15, 39), SESSION) == at(15, 40) - timedelta(seconds=1)


def test_a_hole_is_asked_about_three_times_and_once_more_for_each_wish():
    attempts, holes = Attempts(), Holes({(EXPIRY, DAY): (at(9, 15),)}, (at(9, 15),))
    asked = []
    for wish in ((), (), (), (), (DAY,), (DAY,), (), (DAY,)):
        attempts.wish(wish)
        found = attempts.worth_asking(holes)
        asked.append(bool(found.moments))
        attempts.note(found)

    assert asked == [True, True, True, False, True, False, True, True]


def test_holes_know_their_chains_days_and_moments():
    later = date(2026, 12, 1)
    holes = Holes({(EXPIRY, DAY): (at(9, 15), at(9, 18)), (later, DAY): (at(9, 18),)}, (at(9, 21),))

    assert holes.expiries == (EXPIRY, later)
    assert holes.of(later) == (at(9, 18),)
    assert holes.on(DAY) == 3
    assert holes.moments == (at(9, 15), at(9, 18), at(9, 21))
    assert Window(24500, 24600).holds(CALL)
