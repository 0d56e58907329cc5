"""The broker's rate limits, met by the stock client, on the exchange's own clock."""

from datetime import timedelta

import pytest
from SmartApi.smartExceptions import DataException

from simulator.testing import NIFTY, moment

CANDLES = {
    "exchange": "NSE",
    "symboltoken": NIFTY.token,
    "interval": "ONE_MINUTE",
    "fromdate": "2026-11-18 09:15",
    "todate": "2026-11-18 09:20",
}


def quote(session):
    return session.getMarketData("LTP", {"NSE": [NIFTY.token]})


def test_the_eleventh_quote_of_a_second_is_refused_and_the_next_second_is_free(session, clock, stats):
    for _ in range(10):
        assert quote(session)["status"] is True
    with pytest.raises(DataException, match="exceeding access rate"):
        quote(session)

    clock.advance(timedelta(seconds=1))

    assert quote(session)["status"] is True
    assert stats()["refused"] == {"quote": 1}
    assert stats()["most_in_a_second"]["quote"] == 11


def test_oi_requests_are_counted_with_the_candles(session):
    session.getOIData(dict(CANDLES))
    session.getCandleData(dict(CANDLES))
    session.getOIData(dict(CANDLES))

    with pytest.raises(DataException, match="exceeding access rate"):
        session.getCandleData(dict(CANDLES))


def test_the_window_slides_rather_than_starting_on_the_second(session, clock):
    clock.set(moment(10, 2, 0).replace(microsecond=600_000))
    for _ in range(10):
        quote(session)

    clock.set(moment(10, 2, 1).replace(microsecond=500_000))
    with pytest.raises(DataException):
        quote(session)

    clock.set(moment(10, 2, 1).replace(microsecond=600_000))
    assert quote(session)["status"] is True
