"""The past, asked by the stock client: earlier days are there, and working them out holds nobody up."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import requests

from simulator.core.model_days import ModelDays
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME
from simulator.testing import CALL, DAY, FixedMarket, moment

MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 13)
THREE_MINUTES, ONE_DAY = timedelta(minutes=3), timedelta(days=1)
PATIENCE = 20


def wanted(instrument, first, last):
    return {
        "exchange": instrument.exchange,
        "symboltoken": instrument.token,
        "interval": "THREE_MINUTE",
        "fromdate": f"{first} 09:15",
        "todate": f"{last} 15:40",
    }


class SlowPast(FixedMarket):
    """A market that cannot say anything about earlier days until it is allowed to."""

    def __init__(self):
        super().__init__()
        self.asked, self.allowed = threading.Event(), threading.Event()

    def candles(self, exchange, token, start, end, width, until=None):
        if start.date() < DAY:
            self.asked.set()
            assert self.allowed.wait(PATIENCE)
        return super().candles(exchange, token, start, end, width, until)


class TestOfAModel:
    @pytest.fixture
    def market(self):
        return ModelDays(DAY, 7, (BY_NAME["NIFTY"],), expiries=1, strikes_around=20)

    def test_days_over_a_weekend_come_in_one_answer_and_are_what_was_said_then(self, session, market):
        option = [each for each in market.instruments() if each.option_type][41]

        candles = session.getCandleData(wanted(option, FRIDAY, MONDAY))["data"]
        held = session.getOIData(wanted(option, FRIDAY, MONDAY))["data"]

        expected = [each for day in (FRIDAY, MONDAY) for each in said_on(day, option)]
        assert [(row["time"], row["oi"]) for row in held] == expected
        assert [row[0] for row in candles] == [time for time, _ in expected]
        assert len(held) == 2 * 129


def said_on(day, option):
    """Return the times and OI of a whole day, by that day's own market."""
    market = ModelMarket(day, 7, (BY_NAME["NIFTY"],), expiries=1, strikes_around=20)
    start = moment(0) + (day - DAY)
    history = market.oi_history(option.exchange, option.token, start, start + ONE_DAY, THREE_MINUTES)
    return [(each.isoformat(), oi) for each, oi in history]


class TestOfASlowPast:
    @pytest.fixture
    def market(self):
        return SlowPast()

    def test_others_are_served_while_earlier_days_are_worked_out(self, exchange, session, market):
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(session.getCandleData, wanted(CALL, MONDAY, DAY))
            assert market.asked.wait(PATIENCE)

            alive = requests.get(f"{exchange.rest_url}/healthz", timeout=PATIENCE / 2).status_code
            is_answered = answer.done()
            market.allowed.set()

            assert (alive, is_answered) == (200, False)
            assert answer.result(PATIENCE)["status"] is True
