"""In the closing auction, from 3 August 2026, spot stands still while its options trade on."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from oi_common.market.buckets import IST
from oi_common.market.rulebook.phases import auction_window
from simulator.core.auction import shown_seconds
from simulator.core.carry import RATE, YEAR
from simulator.core.model_market import ModelMarket
from simulator.core.sessions import session
from simulator.core.underlyings import BY_NAME

BEFORE, FIRST, EXPIRY = date(2026, 7, 31), date(2026, 8, 3), date(2026, 11, 17)
HALF_SESSION = date(2024, 3, 2)
NIFTY = ("NSE", "99926000")
RELIANCE = ("NSE", "2885")
CRUDE = ("MCX", "601000")
MINUTE = timedelta(minutes=1)
THREE_MINUTES = 3 * MINUTE
MADE = {}


def market_of(day, seed=7):
    if (day, seed) not in MADE:
        chosen = tuple(BY_NAME[name] for name in ("NIFTY", "CRUDEOILM"))
        MADE[day, seed] = ModelMarket(day, seed, chosen, strikes_around=20)
    return MADE[day, seed]


def clock(day, hour, minute=0, second=0):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def prices(market, key, begins, ends):
    minutes = range((ends - begins) // MINUTE)
    return [market.quote(*key, begins + minute * MINUTE).ltp for minute in minutes]


def window_of(day):
    window = auction_window(day)
    return window.begins, window.ends


def forward_said(market, at):
    """Return spot's stand-in: what call less put says at the strike where they are closest."""
    rows = [row for row in market.instruments() if row.name == "NIFTY" and row.option_type]
    near = min(row.expiry for row in rows)
    rows = [row for row in rows if row.expiry == near]
    quotes = market.quotes([(row.exchange, row.token) for row in rows], at)
    middles = [(quote.buy[0].price + quote.sell[0].price) / 2 for quote in quotes]
    gaps = [(abs(middles[leg] - middles[leg + 1]), leg) for leg in range(0, len(rows), 2)]
    leg = min(gaps)[1]
    years = (clock(near, 15, 40) - at) / YEAR
    return rows[leg].strike + (middles[leg] - middles[leg + 1]) * np.exp(RATE * years)


@pytest.mark.parametrize("day", [FIRST, EXPIRY, date(2026, 11, 18)])
@pytest.mark.parametrize("key", [NIFTY, RELIANCE])
def test_spot_stands_where_continuous_trading_left_it_and_the_auctions_end_gives_the_close(day, key):
    market, (begins, ends) = market_of(day), window_of(day)

    stood = prices(market, key, begins, ends)
    after = prices(market, key, ends, clock(day, 15, 40))

    assert set(stood) == {market.quote(*key, begins - timedelta(seconds=1)).ltp}
    assert set(after) == {market.quote(*key, clock(day, 20)).ltp}
    assert after[0] != stood[-1]


def test_candles_of_the_auction_are_flat():
    market, (begins, ends) = market_of(FIRST), window_of(FIRST)

    candles = market.candles(*NIFTY, begins, ends - THREE_MINUTES, THREE_MINUTES)

    stood = market.quote(*NIFTY, begins).ltp
    assert [f"{candle.start:%H:%M}" for candle in candles] == [
        "15:15", "15:18", "15:21", "15:24", "15:27", "15:30",
    ]  # fmt: skip
    assert {(c.open, c.high, c.low, c.close) for c in candles} == {(stood, stood, stood, stood)}


def test_options_go_on_to_trade_by_the_hidden_spot():
    market, (begins, ends) = market_of(FIRST), window_of(FIRST)

    said = [forward_said(market, begins + minute * MINUTE) for minute in range((ends - begins) // MINUTE)]

    assert len(set(prices(market, NIFTY, begins, ends))) == 1
    assert max(said) - min(said) > 2  # points
    assert len({round(each, 1) for each in said}) > 15


def test_the_close_is_where_the_options_were_going():
    market = market_of(EXPIRY)
    last = clock(EXPIRY, 15, 39, 59)

    assert forward_said(market, last) == pytest.approx(market.quote(*NIFTY, last).ltp, abs=1.0)


def test_a_share_changes_no_hands_in_the_auction_until_its_end():
    market, (begins, ends) = market_of(FIRST), window_of(FIRST)

    traded = [market.quote(*RELIANCE, at).volume for at in (begins, ends - MINUTE, ends)]

    assert traded[0] == traded[1] < traded[2]


def test_the_day_after_goes_on_from_the_close():
    close = market_of(FIRST).quote(*NIFTY, clock(FIRST, 15, 36)).ltp

    tomorrow = market_of(date(2026, 8, 4)).quote(*NIFTY, clock(date(2026, 8, 4), 9)).close

    assert tomorrow == pytest.approx(close, abs=0.051)


@pytest.mark.parametrize(("day", "key"), [(BEFORE, NIFTY), (BEFORE, RELIANCE), (FIRST, CRUDE)])
def test_where_there_is_no_auction_prices_go_on(day, key):
    market = market_of(day)

    assert len(set(prices(market, key, clock(day, 15, 15), clock(day, 15, 30)))) > 5


@pytest.mark.parametrize("day", [BEFORE, HALF_SESSION, date(2025, 10, 21), date(2026, 2, 1)])
def test_before_the_rule_every_second_shows_itself(day):
    shown = shown_seconds(session(day))

    assert (shown == np.arange(session(day).seconds)).all()


def test_the_same_seed_gives_the_same_auction():
    again = ModelMarket(FIRST, 7, (BY_NAME["NIFTY"],), strikes_around=20)

    for at in (clock(FIRST, 15, 14, 59), clock(FIRST, 15, 20), clock(FIRST, 15, 35)):
        assert again.quote(*NIFTY, at) == market_of(FIRST).quote(*NIFTY, at)


@pytest.mark.parametrize(
    ("day", "at", "ltp"),
    [
        (BEFORE, (9, 15), 27032.0),
        (BEFORE, (12, 0), 26978.2),
        (BEFORE, (15, 29, 59), 26889.55),
        (FIRST, (9, 15), 26776.7),
        (FIRST, (15, 14, 59), 26469.2),
    ],
)
def test_what_was_drawn_before_there_was_an_auction_is_drawn_still(day, at, ltp):
    assert market_of(day).quote(*NIFTY, clock(day, *at)).ltp == ltp
