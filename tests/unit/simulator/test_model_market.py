"""A model day is one story: quotes, candles, open interest, Greeks and the master agree, always."""

import subprocess
import sys
import time
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from oi_common.market import black76
from oi_common.market.buckets import IST
from simulator.core.carry import RATE
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME

DAY = date(2026, 11, 20)
NEAR = date(2026, 11, 23)
SECOND = timedelta(seconds=1)
THREE_MINUTES = timedelta(minutes=3)
NIFTY = ("NSE", "99926000")
UNDERLYINGS = (BY_NAME["NIFTY"], BY_NAME["SENSEX"], BY_NAME["CRUDEOILM"])


def make(seed=7, day=DAY):
    return ModelMarket(day, seed, UNDERLYINGS, strikes_around=20)


def clock(hour, minute=0, second=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


@pytest.fixture(scope="module")
def market():
    return make()


def options(market, name="NIFTY", expiry=NEAR):
    return [
        row for row in market.instruments() if (row.name, row.expiry) == (name, expiry) and row.option_type
    ]


def keys(rows):
    return [(row.exchange, row.token) for row in rows]


def future(market, name="NIFTY"):
    return next(row for row in market.instruments() if row.name == name and row.symbol.endswith("FUT"))


def test_two_markets_of_the_same_seed_answer_alike_in_any_order(market):
    other = make()
    wanted = [*keys(options(market))[30:50], NIFTY, ("NSE", "99926017")]
    moments = [clock(9, 15), clock(10, 30, 17), clock(13, 1, 2), clock(15, 39, 59)]

    forwards = [market.quotes(wanted, at) for at in moments]
    backwards = [other.quotes(wanted[::-1], at)[::-1] for at in reversed(moments)][::-1]

    assert forwards == backwards


def test_another_process_sees_the_same_market(market):
    key = keys(options(market))[41]
    program = (
        "from datetime import datetime;from simulator.core.model_market import ModelMarket as M;"
        "from oi_common.market.buckets import IST;from simulator.core.underlyings import BY_NAME as B;"
        "at=datetime(2026,11,20,12,0,5,tzinfo=IST);"
        "m=M(at.date(),7,(B['NIFTY'],B['SENSEX'],B['CRUDEOILM']),strikes_around=20);"
        f"print(repr(m.quote(*{key!r},at)))"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == repr(market.quote(*key, clock(12, 0, 5)))


def test_another_seed_or_day_is_another_market(market):
    at = clock(11)

    assert make(seed=8).quote(*NIFTY, at) != market.quote(*NIFTY, at)
    assert (
        make(day=date(2026, 11, 19)).quote(*NIFTY, at - timedelta(days=1)).ltp != market.quote(*NIFTY, at).ltp
    )


def test_a_days_last_price_is_the_next_days_previous_close(market):
    yesterday = make(day=date(2026, 11, 19))

    last = yesterday.quote(*NIFTY, clock(16, day=yesterday.day)).ltp

    assert market.quote(*NIFTY, clock(9, 15)).close == pytest.approx(last, abs=0.051)


@pytest.mark.parametrize("which", ["index", "near the money", "far from the money", "future"])
def test_a_candle_is_the_aggregation_of_the_quotes_of_its_seconds(market, which):
    rows = options(market)
    key = {
        "index": NIFTY,
        "near the money": keys(rows)[41],
        "far from the money": keys(rows)[1],
        "future": (future(market).exchange, future(market).token),
    }[which]
    start = clock(11, 57)

    candle = market.candles(*key, start, start, THREE_MINUTES)[0]

    seconds = [market.quote(*key, start + second * SECOND) for second in range(180)]
    prices = [quote.ltp for quote in seconds]
    assert (candle.open, candle.close) == (prices[0], prices[-1])
    assert (candle.high, candle.low) == (max(prices), min(prices))
    assert candle.volume == seconds[-1].volume - market.quote(*key, start - SECOND).volume


def test_the_days_candles_meet_the_closing_quote(market):
    key = keys(options(market))[40]

    candles = market.candles(*key, clock(9, 15), clock(15, 39), THREE_MINUTES)

    closing = market.quote(*key, clock(16))
    assert len(candles) == 129
    assert (candles[0].open, candles[-1].close) == (closing.open, closing.ltp)
    assert max(candle.high for candle in candles) == closing.high
    assert min(candle.low for candle in candles) == closing.low
    assert sum(candle.volume for candle in candles) == closing.volume
    assert closing.low <= closing.average_price <= closing.high


def test_a_forming_candle_uses_nothing_after_the_moment_asked_for(market):
    key = keys(options(market))[40]
    at = clock(12, 1, 10)

    candles = market.candles(*key, clock(11, 57), clock(12, 3), THREE_MINUTES, until=at)
    history = market.oi_history(*key, clock(11, 57), clock(12, 3), THREE_MINUTES, until=at)

    quote = market.quote(*key, at)
    assert [candle.start for candle in candles] == [clock(11, 57), clock(12)]
    assert candles[-1].close == quote.ltp
    assert history[-1] == (clock(12), quote.oi)


def test_a_daily_candle_holds_the_whole_session(market):
    candles = market.candles(*NIFTY, clock(0), clock(23), timedelta(days=1))

    quote = market.quote(*NIFTY, clock(16))
    day = [(candle.open, candle.high, candle.low, candle.close) for candle in candles]
    assert day == [(quote.open, quote.high, quote.low, quote.ltp)]


def test_volume_never_falls_and_the_extremes_only_widen(market):
    wanted = keys(options(market))[36:46]
    before = market.quotes(wanted, clock(9, 14))

    for minute in range(0, 386, 7):
        now = market.quotes(wanted, clock(9, 15) + minute * timedelta(minutes=1))
        assert all(new.volume >= old.volume for new, old in zip(now, before, strict=True))
        assert all(quote.low <= quote.ltp <= quote.high for quote in now)
        if minute:
            assert all(new.high >= old.high for new, old in zip(now, before, strict=True))
            assert all(new.low <= old.low for new, old in zip(now, before, strict=True))
        before = now


def test_open_interest_and_quantities_are_whole_lots(market):
    rows = options(market) + options(market, "SENSEX", date(2026, 11, 26))

    quotes = market.quotes(keys(rows), clock(12, 34, 56))

    for row, quote in zip(rows, quotes, strict=True):
        counts = [
            quote.oi,
            quote.volume,
            quote.last_quantity,
            *(level.quantity for level in quote.buy + quote.sell),
        ]
        assert all(count >= 0 and count % row.lot_size == 0 for count in counts)


def test_open_interest_stands_still_between_batches_and_then_moves_all_at_once(market):
    wanted = keys(options(market))[::2]
    at, last = clock(10), None
    moves = []
    for second in range(900):
        held = np.array([quote.oi for quote in market.quotes(wanted, at + second * SECOND)])
        if last is not None and (held != last).any():
            moves.append((second, np.mean(held != last)))
        last = held

    assert 2 <= len(moves) <= 15
    assert all(share > 0.8 for _, share in moves)


def test_what_a_quote_shows_is_never_younger_than_its_stamp(market):
    key = keys(options(market))[40]
    history = market.oi_history(*key, clock(10), clock(10, 30), SECOND)
    moved = [moment for (moment, oi), (_, before) in zip(history[1:], history, strict=False) if oi != before]

    for moment in moved:
        assert market.quote(*key, moment).fed_at == moment
        assert market.quote(*key, moment).oi == dict(history)[moment]
        assert market.quote(*key, moment + SECOND).fed_at >= moment


def test_stamps_lag_by_a_second_at_most_and_never_run_backwards(market):
    key = keys(options(market))[40]
    moments = [clock(10) + second * SECOND for second in range(300)]

    stamps = [market.quote(*key, at).fed_at for at in moments]

    assert {at - stamp for at, stamp in zip(moments, stamps, strict=True)} == {timedelta(0), SECOND}
    assert stamps == sorted(stamps)


def test_before_the_open_and_after_the_close_stamps_are_old(market):
    key = keys(options(market))[40]
    early, late = market.quote(*key, clock(9, 5)), market.quote(*key, clock(18))

    assert (early.fed_at, early.volume, early.ltp) == (clock(15, 40, day=date(2026, 11, 19)), 0, early.close)
    assert late.fed_at == clock(15, 40)
    assert late == market.quote(*key, clock(23, 59))


def test_buckets_of_the_oi_history_end_with_the_quoted_open_interest(market):
    key = keys(options(market))[40]

    history = market.oi_history(*key, clock(9, 15), clock(15, 39), THREE_MINUTES)

    assert len(history) == 129
    for start, oi in history[::16]:
        assert market.quote(*key, start + THREE_MINUTES - SECOND).oi == oi


def test_call_less_put_agrees_with_the_future_of_the_same_expiry(market):
    at = clock(14, 2, 3)
    rows = options(market)[30:52]
    quotes = market.quotes(keys(rows), at)
    traded = market.quote(future(market).exchange, future(market).token, at)
    middle = [(quote.buy[0].price + quote.sell[0].price) / 2 for quote in quotes]
    discount = np.exp(-RATE * ((clock(15, 40, day=NEAR) - at) / timedelta(days=365)))

    for leg in range(0, len(rows), 2):
        spread = sum(quote.sell[0].price - quote.buy[0].price for quote in quotes[leg : leg + 2])
        forward = rows[leg].strike + (middle[leg] - middle[leg + 1]) / discount
        assert forward == pytest.approx(traded.ltp, abs=0.1 + spread / 2)


def test_greeks_come_from_the_volatility_that_priced_the_options(market):
    at = clock(11, 11, 11)
    rows = options(market)

    greeks = market.greeks("NIFTY", NEAR, at)

    quotes = market.quotes(keys(rows), at)
    traded = market.quote(future(market).exchange, future(market).token, at)
    years = (clock(15, 40, day=NEAR) - at) / timedelta(days=365)
    assert [(row.strike, row.option_type) for row in rows] == [
        (each.strike, each.option_type) for each in greeks
    ]
    for each, quote in list(zip(greeks, quotes, strict=True))[30:52]:
        premium = black76.price(
            traded.ltp, each.strike, years, each.iv / 100, is_call=each.option_type == "CE", rate=RATE
        )
        assert float(premium) == pytest.approx(quote.ltp, abs=0.06)
        assert each.volume == quote.volume


def test_the_broker_has_no_greeks_for_bfo_mcx_or_unlisted_expiries(market):
    at = clock(11)

    assert market.greeks("SENSEX", date(2026, 11, 26), at) == []
    assert market.greeks("CRUDEOILM", date(2026, 12, 17), at) == []
    assert market.greeks("NIFTY", date(2026, 11, 24), at) == []
    assert market.greeks("NOSUCH", NEAR, at) == []


def test_an_index_has_neither_book_nor_volume_and_vix_follows_the_money(market):
    at = clock(13)
    index, vix = market.quote(*NIFTY, at), market.quote("NSE", "99926017", at)
    month = market.greeks("NIFTY", date(2026, 12, 15), at)
    at_money = min(month, key=lambda each: abs(each.delta - 0.5))

    assert (index.buy, index.sell, index.volume, index.oi, index.total_buy) == ((), (), 0, 0, 0)
    assert vix.ltp == pytest.approx(at_money.iv, rel=0.15)


def test_books_have_five_levels_best_first_and_do_not_cross(market):
    quotes = market.quotes(keys(options(market)), clock(10, 10, 10))

    for quote in quotes:
        bids, asks = [level.price for level in quote.buy], [level.price for level in quote.sell]
        assert len(bids) == len(asks) == 5
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert 0 < bids[0] < asks[0]
        assert quote.ltp >= 0.05


def test_commodities_trade_until_late_on_their_own_future(market):
    row = future(market, "CRUDEOILM")

    quote = market.quote("MCX", row.token, clock(22))

    assert quote.fed_at >= clock(21, 59, 59)
    assert market.quote("MCX", row.token, clock(23, 58)).fed_at == clock(23, 55)
    assert quote.oi % row.lot_size == 0
    assert market.quote("MCX", BY_NAME["CRUDEOILM"].token, clock(22)).ltp == pytest.approx(
        quote.ltp, rel=0.02
    )


def test_unknown_tokens_have_nothing_to_tell(market):
    at = clock(11)

    assert market.quotes([("NFO", "1"), NIFTY], at)[0] is None
    assert market.quote("NFO", "99926000", at) is None
    assert market.candles("NFO", "1", at, at, THREE_MINUTES) is None
    assert market.oi_history("NFO", "1", at, at, THREE_MINUTES) is None


def test_a_closed_day_has_no_market():
    with pytest.raises(ValueError, match="must be a trading day, was Sun 22 Nov 2026"):
        ModelMarket(date(2026, 11, 22), 1)


def test_fifty_quotes_take_about_a_millisecond(market):
    wanted = keys(options(market))[16:66]
    market.quotes(wanted, clock(12))
    spent = []
    for second in range(1, 400):
        began = time.process_time()
        market.quotes(wanted, clock(12) + second * SECOND)
        spent.append(time.process_time() - began)

    assert np.median(spent) < 0.004  # 0.9 ms when measured; the rest is allowance for slow machines
