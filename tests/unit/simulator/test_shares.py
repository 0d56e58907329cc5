"""Shares whose options trade: listed by name, monthly, and one story with their spot."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from oi_common.broker.master import MasterRules, parsed
from oi_common.market.buckets import IST
from simulator.core.carry import RATE
from simulator.core.master import document
from simulator.core.model_days import ModelDays
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME, UNDERLYINGS

DAY = date(2026, 11, 18)
SHARES = [each.name for each in UNDERLYINGS if each.is_share]
NEAR = date(2026, 11, 23)  # Tuesday 24 November is a holiday
SPOT = ("NSE", "2885")


def clock(hour, minute=0, second=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


@pytest.fixture(scope="module")
def market():
    return ModelDays(DAY, 7, tuple(BY_NAME[name] for name in ("NIFTY", "RELIANCE")), strikes_around=20)


@pytest.fixture(scope="module")
def every_share():
    return ModelMarket(DAY, 7, tuple(BY_NAME[name] for name in SHARES), strikes_around=20)


def options(market, name="RELIANCE", expiry=NEAR):
    return [
        row for row in market.instruments() if (row.name, row.expiry) == (name, expiry) and row.option_type
    ]


@pytest.mark.parametrize("name", ["RELIANCE", "HDFCBANK", "INFY"])
def test_a_client_finds_a_shares_row_its_chains_and_its_futures_by_name(every_share, name):
    master = document([*every_share.instruments(), *ModelMarket(DAY, 7, (BY_NAME["NIFTY"],)).instruments()])

    found = parsed(master, (name,), MasterRules(least_rows=100))

    underlying = BY_NAME[name]
    assert (found.spot(name).token, found.spot(name).symbol) == (underlying.token, f"{name}-EQ")
    assert found.expiries(name, DAY) == (NEAR, date(2026, 12, 29), date(2027, 1, 26))
    chain = found.chain(name, NEAR)
    assert len(chain) == 82
    assert {row.kind for row in chain.values()} == {"OPTSTK"}
    assert {row.lot_size for row in chain.values()} == {underlying.cut.lot_size}
    assert found.future(name, DAY).kind == "FUTSTK"


def test_symbols_are_spelled_as_the_indices_are(market):
    symbols = {row.symbol for row in market.instruments() if row.name == "RELIANCE"}

    assert {"RELIANCE-EQ", "RELIANCE23NOV26FUT", "RELIANCE23NOV261480CE"} <= symbols


def test_a_share_is_listed_once(every_share):
    rows = [(row.exchange, row.token) for row in every_share.instruments()]

    assert len(rows) == len(set(rows))


def test_a_share_has_a_book_and_volume_of_its_own(market):
    quote = market.quote(*SPOT, clock(11))

    assert (len(quote.buy), len(quote.sell)) == (5, 5)
    assert quote.buy[0].price < quote.sell[0].price
    assert quote.volume > 0


def test_its_options_are_priced_on_its_spot(market):
    at = clock(11, 2, 3)
    rows = options(market)
    quotes = market.quotes([(row.exchange, row.token) for row in rows], at)
    middles = [(quote.buy[0].price + quote.sell[0].price) / 2 for quote in quotes]
    left = (clock(15, 40, day=NEAR) - at) / timedelta(days=365)
    spot = market.quote(*SPOT, at).ltp

    near = [leg for leg in range(0, len(rows), 2) if abs(rows[leg].strike - spot) < 30]
    said = [rows[leg].strike + (middles[leg] - middles[leg + 1]) for leg in near]

    assert len(said) >= 5
    assert np.median(said) == pytest.approx(spot * np.exp(RATE * left), abs=1.0)


def test_open_interest_moves_in_whole_lots(market):
    rows = options(market)
    keys = [(row.exchange, row.token) for row in rows]

    early, late = (market.quotes(keys, at) for at in (clock(9, 20), clock(15)))

    assert all(quote.oi % 500 == 0 for quote in (*early, *late))
    assert sum(a.oi != b.oi for a, b in zip(early, late, strict=True)) > len(rows) / 2


def test_its_history_goes_back_over_earlier_days_and_joins(market):
    yesterday = date(2026, 11, 17)

    [candle] = market.candles(*SPOT, clock(9, day=yesterday), clock(16, day=yesterday), timedelta(hours=7))

    assert market.quote(*SPOT, clock(9)).close == pytest.approx(candle.close, abs=0.11)


def test_a_share_whose_options_are_not_watched_follows_nifty_as_ever():
    alone = ModelDays(DAY, 7, (BY_NAME["NIFTY"],), strikes_around=5)
    yesterday = date(2026, 11, 17)

    [candle] = alone.candles(*SPOT, clock(9, day=yesterday), clock(16, day=yesterday), timedelta(hours=7))
    earlier = ModelMarket(yesterday, 7, (BY_NAME["NIFTY"],), strikes_around=5)

    assert candle.close == earlier.quote(*SPOT, clock(20, day=yesterday)).ltp
    assert not [row for row in alone.instruments() if row.kind == "OPTSTK" and row.exchange == "NFO"]
    assert alone.greeks("RELIANCE", NEAR, clock(11)) == []


def test_greeks_are_told_of_shares(market):
    rows = market.greeks("RELIANCE", NEAR, clock(11))

    assert len(rows) == 82
    assert all(10 < row.iv < 60 for row in rows)
