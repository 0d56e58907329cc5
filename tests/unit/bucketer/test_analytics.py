"""What the bucketer makes of a chain beside its rows: measures, build-ups, model Greeks, windows."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bucketer.core.greeks import Greeks
from bucketer.core.rules import SnapshotRule, advance, new_day
from bucketer.core.state import dump, load
from oi_common.events import ChainPolled
from oi_common.market import black76
from oi_common.market.sessions import session_on
from support.days import INDIA

DAY, EXPIRY = date(2026, 11, 18), date(2026, 11, 23)
STRIKES = range(24_000, 25_050, 50)
EVERY = timedelta(seconds=20)


def priced(at, *, spot=24_510.0, forward=24_530.0, iv=0.13, strikes=STRIKES, oi=None, day=DAY, told=None):
    """A poll of a chain priced by Black-76 on a forward; `oi` is {(strike, side): units}, 6,500 where it says nothing."""
    moment = datetime.combine(day, time.fromisoformat(at), INDIA)
    years = (datetime.combine(EXPIRY, time(15, 40), INDIA) - moment) / timedelta(days=365)
    quotes = [
        {
            "strike": strike,
            "type": side,
            "oi": (oi or {}).get((strike, side), 6_500),
            "volume": 100,
            **_prices(float(black76.price(forward, strike, years, iv, is_call=side == "CE"))),
            **(told or {}),
        }
        for strike in strikes
        for side in ("CE", "PE")
    ]
    return ChainPolled(
        index_name="NIFTY", expiry=EXPIRY, segment="NFO", feed_time=moment, polled_at=moment,
        source="live", lot_size=65, spot=spot, quotes=quotes,
    )  # fmt: skip


def _prices(premium):
    premium = max(round(premium / 0.05) * 0.05, 0.05)
    return {
        "ltp": round(premium, 2),
        "bid": round(max(premium - 0.05, 0.05), 2),
        "ask": round(premium + 0.05, 2),
    }


def fold(*polls, yesterday=None, greeks=None):
    """Return the last step of a day's polls; the state goes through its text between any two."""
    state = new_day(polls[0], polls[0].feed_time.date(), yesterday or {})
    for poll in polls:
        session = session_on(poll.segment, poll.feed_time.date())
        rule = SnapshotRule.CHANGE_AND_NEW_BUCKET
        step = advance(state, poll, session=session, rule=rule, every=EVERY, at=poll.polled_at, greeks=greeks)
        state = load(dump(step.state))
    return step


def measures(step):
    return max(step.headers, key=lambda header: header.time).measures


def row(step, strike):
    return next(row for row in step.snapshot.rows if row["strike"] == strike)


def test_spot_prices_the_measures_and_the_forward_comes_from_parity():
    found = measures(fold(priced("10:00:00")))

    assert (found.spot, found.priced_on) == (24_510.0, "spot")
    assert found.forward == pytest.approx(24_530.0, abs=0.1)
    assert (found.atm_strike, found.atm_forward_strike) == (24_500, 24_550)
    assert found.atm_iv == pytest.approx(13.0, abs=0.05)


def test_in_the_closing_auction_the_forward_stands_in_for_spot():
    found = measures(fold(priced("15:20:00", spot=24_400.0)))

    assert (found.spot, found.priced_on) == (24_400.0, "forward")
    assert found.atm_strike == found.atm_forward_strike == 24_550


def test_before_there_was_an_auction_spot_prices_the_last_minutes_too():
    found = measures(fold(priced("15:20:00", spot=24_400.0, day=date(2026, 7, 31))))

    assert (found.priced_on, found.atm_strike) == ("spot", 24_400)


def test_the_baseline_compares_with_nothing():
    step = fold(priced("10:00:00"))

    assert (row(step, 24_500)["ce_buildup"], row(step, 24_500)["verdict"]) == (None, None)
    assert (measures(step).direction, measures(step).trade_signal) == ("INSUFFICIENT_DATA", "HOLD")
    assert measures(step).pcr_oi_change is None


def test_a_call_written_into_a_falling_market_is_a_short_build_up():
    step = fold(priced("10:00:00"), priced("10:03:00", spot=24_450.0, iv=0.12, oi={(24_500, "CE"): 9_100}))

    assert row(step, 24_500)["ce_oi_change"] == 2_600
    assert row(step, 24_500)["ce_buildup"] == "short_buildup"
    assert row(step, 24_500)["pe_buildup"] == "neutral"


def test_what_time_and_spot_explain_is_no_build_up():
    fallen = priced("10:03:00", forward=24_480.0, spot=24_460.0, oi={(24_500, "CE"): 9_100})

    step = fold(priced("10:00:00"), fallen)

    assert row(step, 24_500)["ce_buildup"] == "short_buildup"
    assert row(step, 24_500)["ce_buildup_adjusted"] == "neutral"


def test_against_yesterday_the_close_and_its_open_interest_count():
    written = {(24_500, "CE"): 9_100}
    step = fold(priced("10:00:00", oi=written, told={"prev_close": 500.0}), yesterday={"24500CE": 6_500})

    assert row(step, 24_500)["ce_buildup_day"] == "short_buildup"
    assert row(step, 24_550)["ce_buildup_day"] is None


def test_the_model_fills_what_nobody_told_and_says_so():
    step = fold(priced("10:00:00"))

    strike = row(step, 24_500)
    assert (strike["ce_greeks_source"], strike["ce_greeks_reason"]) == ("model", None)
    assert strike["ce_iv"] == pytest.approx(13.0, abs=0.1)
    assert 0.5 < strike["ce_delta"] < 0.65
    assert strike["pe_delta"] == pytest.approx(strike["ce_delta"] - 1, abs=0.01)


def test_where_the_model_has_none_it_says_why():
    dead = priced("10:00:00", strikes=(10_000, *STRIKES))

    strike = row(fold(dead), 10_000)

    assert (strike["ce_iv"], strike["ce_greeks_source"], strike["ce_greeks_at"]) == (None, None, None)
    assert strike["ce_greeks_reason"] in {"no_time_value", "below_intrinsic"}


def test_the_brokers_greeks_stand_over_the_models():
    poll = priced("10:00:00")
    told = {"24500CE": Greeks(poll.feed_time, "broker", iv=11.0, delta=0.4)}

    step = fold(poll, greeks=told)

    assert (row(step, 24_500)["ce_iv"], row(step, 24_500)["ce_greeks_source"]) == (11.0, "broker")
    assert row(step, 24_500)["pe_greeks_source"] == "model"


def test_windows_count_what_was_added_by_contracts_known_before():
    wider = range(23_900, 25_050, 50)
    step = fold(
        priced("10:00:00"),
        priced("10:03:00", oi={(24_500, "PE"): 7_150}),
        priced("10:06:00", oi={(24_500, "PE"): 7_800}, strikes=wider),
    )

    frames = measures(step).timeframes
    assert frames["3m"]["pe_oi_change"] == 650
    assert frames["6m"]["pe_oi_change"] == 1_300
    assert frames["6m"]["ce_oi_change"] == 0
    assert frames["15m"]["status"] == "start_missing"


def test_a_window_with_a_missing_bucket_says_so():
    step = fold(priced("10:00:00"), priced("10:03:00"), priced("10:09:00", oi={(24_500, "PE"): 7_150}))

    frames = measures(step).timeframes
    assert (frames["3m"]["status"], frames["6m"]["status"], frames["6m"]["missing"]) == (
        "start_missing",
        "gaps",
        1,
    )


def test_since_yesterday_only_contracts_known_on_both_days_count():
    step = fold(priced("10:00:00"), yesterday={"24500CE": 6_000, "24500PE": 7_000})

    frame = measures(step).timeframes["since_yesterday"]
    assert (frame["ce_oi_change"], frame["pe_oi_change"]) == (500, -500)


QUOTE = st.fixed_dictionaries(
    {"strike": st.integers(1, 40_000), "type": st.sampled_from(["CE", "PE"])},
    optional={
        "oi": st.integers(0, 2**62),
        "ltp": st.floats(0, 99_999_999),
        "bid": st.floats(0, 99_999_999),
        "ask": st.floats(0, 99_999_999),
        "prev_close": st.floats(0, 99_999_999),
        "volume": st.integers(0, 2**62),
    },
)
QUOTES = st.lists(QUOTE, max_size=12, unique_by=lambda quote: (quote["strike"], quote["type"]))


@settings(max_examples=150, deadline=None)
@given(
    first=QUOTES,
    second=QUOTES,
    spot=st.none() | st.floats(0.01, 99_999_999),
    at=st.sampled_from(["10:03:00", "15:21:00", "15:39:30"]),
)
def test_no_chain_however_broken_raises(first, second, spot, at):
    polls = (
        priced("10:00:00").model_copy(
            update={
                "quotes": ChainPolled.model_validate({**dict(priced("10:00:00")), "quotes": first}).quotes
            }
        ),
        ChainPolled.model_validate({**dict(priced(at, spot=spot)), "quotes": second}),
    )

    step = fold(*polls)

    assert measures(step).priced_on in {None, "spot", "forward"}
