"""A recording is served as it was: the newest snapshot collected by then, exact to the unit."""

from datetime import date, datetime, timedelta
from math import nan

import numpy as np
import pytest

from oi_common.market.buckets import IST
from simulator.core.recorded_chain import RecordedChain
from simulator.core.recorded_market import RecordedMarket

LOT = 75
EXPIRY = date(2025, 9, 2)
NIFTY = ("NSE", "99926000")
THREE_MINUTES = timedelta(minutes=3)
NUMBERS = (
    "strike",
    "oi",
    "volume",
    "ltp",
    "bid",
    "ask",
    "bid_quantity",
    "ask_quantity",
    "previous_close",
    "iv",
    "spot",
)


def at(clock, day="2025-08-29"):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=IST)


def row(collected, stamped=None, strike=24_500.0, side="CE", **numbers):
    """One row; times are HH:MM:SS of 29 August or whole moments."""
    known = {**dict.fromkeys(NUMBERS, nan), "strike": strike, "oi": 0.0, "volume": 0.0, **numbers}
    return {
        "collected_at": _moment(collected),
        "stamped_at": _moment(stamped or collected),
        "side": side,
        **known,
    }


def _moment(text):
    return np.datetime64(text if "T" in text else f"2025-08-29T{text}", "us")


def chain(*rows, counted_in="contracts", name="NIFTY"):
    return RecordedChain(
        name=name,
        counted_in=counted_in,
        collected_at=np.array([each["collected_at"] for each in rows]),
        stamped_at=np.array([each["stamped_at"] for each in rows]),
        expiry=np.full(len(rows), np.datetime64(EXPIRY, "us")),
        is_call=np.array([each["side"] == "CE" for each in rows]),
        **{name: np.array([each[name] for each in rows]) for name in NUMBERS},
    )


def market(*rows, **options):
    return RecordedMarket(chain(*rows, **options), LOT)


def only(served):
    contracts = [each for each in served.instruments() if each.option_type]
    assert len(contracts) == 1
    return contracts[0].exchange, contracts[0].token


def test_a_snapshot_is_served_from_the_moment_it_was_collected():
    served = market(
        row("09:24:16", "09:22:45", oi=100.0, ltp=50.0), row("09:25:20", "09:24:01", oi=110.0, ltp=51.0)
    )
    key = only(served)

    assert served.quote(*key, at("09:24:15")) is None
    assert served.quote(*key, at("09:24:16")).oi == 7_500
    assert served.quote(*key, at("09:25:19")).fed_at == at("09:22:45")
    assert served.quote(*key, at("09:25:20")).oi == 8_250
    assert served.quote(*key, at("18:00:00")).fed_at == at("09:24:01")


def test_a_contract_missing_from_a_snapshot_keeps_its_last_row():
    served = market(
        row("09:24:00", oi=100.0),
        row("09:24:00", side="PE", oi=5.0),
        row("09:25:00", oi=101.0),
    )
    call, put = ((each.exchange, each.token) for each in served.instruments() if each.option_type)

    quotes = served.quotes([call, put], at("09:25:00"))

    assert [quote.oi for quote in quotes] == [7_575, 375]
    assert [quote.fed_at for quote in quotes] == [at("09:25:00"), at("09:24:00")]


def test_fractional_contracts_are_whole_in_units():
    # 350 units written under a lot of 25 are 4.6667 contracts of 75: old positions, new lot
    served = market(row("09:24:00", oi=350.0 / 75.0, volume=2.0))

    quote = served.quote(*only(served), at("09:24:00"))

    assert (quote.oi, quote.volume) == (350, 150)


def test_a_count_that_is_no_whole_unit_is_refused_with_its_contract():
    served = market(row("09:24:00", oi=4.005))

    with pytest.raises(ValueError, match=r"NIFTY 2025-09-02.* 24500 holds .*4.005.* lot 75"):
        served.quote("NFO", "1", at("09:24:00"))


def test_units_stay_as_they_are():
    served = market(row("09:24:00", oi=4_875.0, volume=65.0), counted_in="units")

    quote = served.quote(*only(served), at("09:24:00"))

    assert (quote.oi, quote.volume) == (4_875, 65)


def test_what_was_not_told_is_served_as_nothing():
    served = market(row("09:24:00", oi=3.0, ltp=0.0, bid=12.5, bid_quantity=150.0))

    quote = served.quote(*only(served), at("09:24:00"))

    assert (quote.ltp, quote.open, quote.close) == (0.0, 0.0, 0.0)
    assert (quote.buy[0].price, quote.buy[0].quantity) == (12.5, 150)
    assert len(quote.buy) == len(quote.sell) == 5
    assert {level.price for level in quote.sell} == {0.0}


def test_the_day_so_far_is_what_the_snapshots_showed():
    served = market(
        row("09:24:00", ltp=0.0),
        row("09:25:00", ltp=50.0),
        row("09:26:00", ltp=44.0),
        row("09:27:00", ltp=47.0),
        row("09:28:00", ltp=90.0),
    )

    quote = served.quote(*only(served), at("09:27:30"))

    assert (quote.open, quote.high, quote.low, quote.ltp) == (50.0, 50.0, 44.0, 47.0)


def pair(collected, call, put, *, strike=24_500.0, spot=nan, stamped=None, **numbers):
    return (
        row(collected, stamped, strike=strike, ltp=call, spot=spot, **numbers),
        row(collected, stamped, strike=strike, side="PE", ltp=put, spot=spot, **numbers),
    )


def test_spot_comes_from_parity_at_the_strike_where_call_and_put_differ_least():
    served = market(
        *pair("15:30:00", 300.0, 100.0, strike=24_300.0, stamped="2025-09-02T15:29:00"),
        *pair("15:30:00", 120.0, 115.0, strike=24_500.0, stamped="2025-09-02T15:29:00"),
    )

    assert served.quote(*NIFTY, at("15:30:00")).ltp == pytest.approx(24_505.0, abs=0.01)


def test_parity_prefers_the_middle_of_the_book_to_the_last_trade():
    call = row("15:30:00", "2025-09-02T15:29:00", ltp=500.0, bid=119.0, ask=121.0)
    put = row("15:30:00", "2025-09-02T15:29:00", side="PE", ltp=115.0)

    assert market(call, put).quote(*NIFTY, at("15:30:00")).ltp == pytest.approx(24_505.0, abs=0.01)


def test_a_recorded_spot_is_used_and_a_zero_is_not():
    served = market(*pair("09:24:00", 0.0, 0.0, spot=24_533.25), *pair("09:25:00", 0.0, 0.0, spot=0.0))

    quote = served.quote(*NIFTY, at("09:30:00"))

    assert (quote.ltp, quote.fed_at) == (24_533.25, at("09:24:00"))
    assert served.quote(*NIFTY, at("09:23:59")) is None


def test_index_candles_gather_the_spots_of_their_stamps():
    served = market(
        *pair("09:16:00", 1.0, 1.0, spot=100.0, stamped="09:15:10"),
        *pair("09:17:00", 1.0, 1.0, spot=104.0, stamped="09:16:20"),
        *pair("09:18:30", 1.0, 1.0, spot=99.0, stamped="09:17:59"),
        *pair("09:25:00", 1.0, 1.0, spot=101.0, stamped="09:24:00"),
    )

    candles = served.candles(*NIFTY, at("09:15:00"), at("15:27:00"), THREE_MINUTES)
    forming = served.candles(*NIFTY, at("09:15:00"), at("15:27:00"), THREE_MINUTES, until=at("09:18:00"))

    assert [(each.start, each.open, each.high, each.low, each.close) for each in candles] == [
        (at("09:15:00"), 100.0, 104.0, 99.0, 99.0),
        (at("09:24:00"), 101.0, 101.0, 101.0, 101.0),
    ]
    assert [each.close for each in forming] == [104.0]


def test_option_candles_hold_the_volume_that_came_and_forgive_late_replies():
    rows = [
        row("09:15:30", ltp=50.0, volume=2.0),
        row("09:18:30", ltp=52.0, volume=6.0),
        row("09:19:30", ltp=51.0, volume=5.0),
        row("09:21:30", ltp=53.0, volume=7.0),
    ]
    served = market(*rows)
    key = only(served)

    volumes = [each.volume for each in served.candles(*key, at("09:15:00"), at("09:21:00"), THREE_MINUTES)]
    later = served.candles(*key, at("09:18:00"), at("09:21:00"), THREE_MINUTES)

    assert volumes == [150, 300, 75]
    assert [each.volume for each in later] == [300, 75]


def test_the_oi_history_has_no_bucket_that_was_not_recorded():
    served = market(row("09:15:30", oi=1.0), row("09:17:30", oi=2.0), row("09:22:00", oi=4.0))

    history = served.oi_history(*only(served), at("09:15:00"), at("15:27:00"), THREE_MINUTES)

    assert history == [(at("09:15:00"), 150), (at("09:21:00"), 300)]


def test_a_closed_days_recording_keeps_its_old_stamps_and_has_no_candles():
    served = market(
        *pair("2025-08-27T09:45:17", 100.0, 90.0, stamped="2025-08-26T15:30:00"),
        *pair("2025-08-27T09:46:20", 100.0, 90.0, stamped="2025-08-26T15:30:00"),
    )

    quote = served.quote(*NIFTY, at("10:00:00", day="2025-08-27"))

    assert served.day == date(2025, 8, 27)
    assert quote.fed_at == at("15:30:00", day="2025-08-26")
    assert served.candles(*NIFTY, at("09:15:00", day="2025-08-27"), at("15:27:00"), THREE_MINUTES) == []


def test_each_recorded_day_is_a_market_of_its_own():
    recorded = chain(
        row("2025-08-28T15:00:00", oi=1.0),
        row("2025-08-29T09:20:00", oi=2.0),
        row("2025-08-29T15:00:00", oi=3.0),
    )

    first, second = RecordedMarket(recorded, LOT), RecordedMarket(recorded, LOT, date(2025, 8, 29))

    assert first.recorded_days == [date(2025, 8, 28), date(2025, 8, 29)]
    assert (first.day, first.first_collected_at) == (date(2025, 8, 28), at("15:00:00", day="2025-08-28"))
    assert (second.first_collected_at, second.last_collected_at) == (at("09:20:00"), at("15:00:00"))
    assert second.quote(*only(second), at("09:19:00")) is None


def test_greeks_need_recorded_volatility():
    priced = market(*pair("09:24:00", 120.0, 115.0, iv=11.0))
    silent = market(*pair("09:24:00", 120.0, 115.0))

    greeks = priced.greeks("NIFTY", EXPIRY, at("09:24:00"))

    assert [(each.option_type, each.iv) for each in greeks] == [("CE", 11.0), ("PE", 11.0)]
    assert 0.4 < greeks[0].delta < 0.6
    assert -0.6 < greeks[1].delta < -0.4
    assert priced.greeks("NIFTY", EXPIRY, at("09:23:00")) == []
    assert priced.greeks("BANKNIFTY", EXPIRY, at("09:24:00")) == []
    assert silent.greeks("NIFTY", EXPIRY, at("09:24:00")) == []


def test_instruments_are_the_index_and_the_contracts_recorded():
    rows = market(*pair("09:24:00", 1.0, 1.0)).instruments()

    assert [each.symbol for each in rows] == ["Nifty 50", "NIFTY02SEP2524500CE", "NIFTY02SEP2524500PE"]
    assert {each.lot_size for each in rows[1:]} == {LOT}


def test_an_unknown_token_has_nothing_to_tell():
    served = market(*pair("09:24:00", 1.0, 1.0))

    assert served.quote("NFO", "1", at("10:00:00")) is None
    assert served.candles("NFO", "1", at("09:15:00"), at("10:00:00"), THREE_MINUTES) is None
    assert served.oi_history("NFO", "1", at("09:15:00"), at("10:00:00"), THREE_MINUTES) is None


def test_an_unknown_name_or_day_is_refused():
    with pytest.raises(ValueError, match="was 'NOSUCH'"):
        market(row("09:24:00"), name="NOSUCH")
    with pytest.raises(ValueError, match="was 2025-08-30"):
        RecordedMarket(chain(row("09:24:00")), LOT, date(2025, 8, 30))
