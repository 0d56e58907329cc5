"""A model market seen through every door at once: socket, quotes, candles and OI history agree."""

from datetime import timedelta

import pytest

from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME
from simulator.testing import DAY, moment


@pytest.fixture(scope="module")
def model():
    return ModelMarket(DAY, 7, (BY_NAME["NIFTY"],), expiries=1, strikes_around=3)


@pytest.fixture
def market(model):
    return model


@pytest.fixture
def option(model):
    return next(each for each in model.instruments() if each.option_type == "CE")


def minute(instrument, at):
    return {
        "exchange": instrument.exchange,
        "symboltoken": instrument.token,
        "interval": "ONE_MINUTE",
        "fromdate": f"{at:%Y-%m-%d %H:%M}",
        "todate": f"{at:%Y-%m-%d %H:%M}",
    }


def test_a_tick_a_quote_a_candle_and_oi_history_say_the_same(session, stock_socket, clock, option, until):
    clock.set(moment(11, 0, 59))
    stock = stock_socket()
    stock.subscribe("abcde12345", 3, [{"exchangeType": 2, "tokens": [option.token]}])
    tick = until(lambda: stock.ticks)[-1]

    item = session.getMarketData("FULL", {"NFO": [option.token]})["data"]["fetched"][0]
    clock.set(moment(11, 1))
    [candle] = session.getCandleData(minute(option, moment(11)))["data"]
    [held] = session.getOIData(minute(option, moment(11)))["data"]

    assert tick["last_traded_price"] == round(item["ltp"] * 100) == round(candle[4] * 100)
    assert tick["open_interest"] == item["opnInterest"] == held["oi"]
    assert tick["volume_trade_for_the_day"] == item["tradeVolume"]
    assert tick["best_5_buy_data"][0]["price"] == round(item["depth"]["buy"][0]["price"] * 100)


def test_a_minutes_candle_is_made_of_the_prices_quoted_in_it(session, clock, option):
    prices = []
    for second in range(60):
        clock.set(moment(11, 5) + timedelta(seconds=second))
        quoted = session.getMarketData("LTP", {"NFO": [option.token]})["data"]["fetched"][0]
        prices.append(quoted["ltp"])

    clock.set(moment(11, 6))
    [candle] = session.getCandleData(minute(option, moment(11, 5)))["data"]

    assert candle[1:5] == [prices[0], max(prices), min(prices), prices[-1]]
