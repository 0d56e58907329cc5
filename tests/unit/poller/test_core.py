from datetime import datetime, timedelta

import pytest

from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from poller.core.candles import Candles, retry_at
from poller.core.reading import ChainRead, QuoteRead, why_spoilt
from poller.core.window import Window, widened, window_over

OPENED = datetime(2026, 8, 6, 9, 15, tzinfo=IST)
NOW = OPENED + timedelta(minutes=1)
BUCKET = timedelta(minutes=3)
CALL, PUT = Contract(24500, "CE"), Contract(24500, "PE")


def quote(oi=100, fed_at=NOW):
    return QuoteRead(ltp=10.0, oi=oi, feed_time=fed_at)


def chain(*quotes, spot=24510.0):
    contracts = (CALL, PUT)
    return ChainRead(QuoteRead(ltp=spot), dict(zip(contracts, quotes, strict=False)))


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (chain(quote(), quote()), None),
        (chain(quote(0), quote(1)), None),
        (chain(quote(None), quote(1)), None),
        (ChainRead(None, {CALL: quote()}), None),
        (chain(quote(), spot=None), "spot is 0"),
        (chain(), "no contract was returned"),
        (chain(quote(0), quote(0)), "every OI is 0"),
        (chain(quote(0), quote(None)), "every OI is 0"),
        (chain(quote(fed_at=None)), "no quote says when it was fed"),
        (chain(quote(fed_at=OPENED - timedelta(hours=17))), "the feed is of an earlier session"),
    ],
)
def test_a_poll_is_believed_or_it_is_said_why_not(read, why):
    assert why_spoilt(read, OPENED) == why


def test_only_quotes_that_say_when_they_were_fed_date_a_poll():
    read = chain(quote(fed_at=NOW), quote(fed_at=None))

    assert read.feed_times == (NOW,)


def test_a_window_widens_and_never_narrows():
    window = window_over([Contract(24400, "CE"), Contract(24600, "PE")])

    moved = widened(window, Window(24500, 24800))

    assert moved == Window(24400, 24800)
    assert moved.holds(Contract(24400, "PE"))
    assert not moved.holds(Contract(24850, "CE"))


def test_no_window_is_what_an_empty_chain_has():
    assert window_over([]) is None
    assert widened(None, Window(1, 2)) == widened(Window(1, 2), None) == Window(1, 2)


def test_a_bucket_is_asked_for_until_it_is_told_or_two_buckets_old():
    candles, closed = Candles(), [OPENED, OPENED + BUCKET]
    candles.told(OPENED)
    missing = candles.missing(closed)
    end = OPENED + 2 * BUCKET

    assert missing == (OPENED + BUCKET,)
    assert candles.give_up(missing, end + 2 * BUCKET - timedelta(seconds=1)) == ()
    assert candles.give_up(missing, end + 2 * BUCKET) == missing
    assert candles.missing(closed) == ()


def test_retries_come_less_and_less_often():
    waits = [(retry_at(NOW, attempt) - NOW).total_seconds() for attempt in range(7)]

    assert waits == [5, 10, 20, 40, 60, 60, 60]
