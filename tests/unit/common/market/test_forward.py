"""The forward comes from put-call parity at the money, and no single stale leg moves it far."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oi_common.market.black76 import price
from oi_common.market.buckets import IST
from oi_common.market.forward import parity_forward, years_to_expiry
from oi_common.market.option_chain import Legs, OptionChain
from oi_common.market.premiums import Premiums
from oi_common.market.rulebook.tables import NotInRulebook

MINUTE = 1 / (365 * 24 * 60)
STRIKES = np.arange(24_000.0, 25_001.0, 50.0)
anything = arrays(np.float64, 7, elements=st.floats(allow_nan=True, allow_infinity=True))


def chain_of(strikes):
    unknown = np.full(len(strikes), np.nan)
    side = Legs(unknown, unknown, unknown, unknown, unknown)
    return OptionChain(np.asarray(strikes, dtype=np.float64), side, side)


def said(*values):
    array = np.array(values, dtype=np.float64)
    return Premiums(array, np.where(np.isnan(array), 0, 1).astype(np.int8))


def modelled(forward, rate=0.0, years=0.02):
    return [
        Premiums(
            price(forward, STRIKES, years, 0.13, is_call=is_call, rate=rate), np.ones(len(STRIKES), np.int8)
        )
        for is_call in (True, False)
    ]


@pytest.mark.parametrize(
    ("at", "expiry", "segment", "minutes"),
    [
        ("2025-11-24 15:30", "2025-11-25", "NFO", 24 * 60),
        ("2026-08-03 15:30", "2026-08-04", "NFO", 24 * 60 + 10),  # closes at 15:40 from that week on
        ("2026-08-03 15:30", "2026-08-04", "BFO", 24 * 60 + 10),
        ("2025-11-25 15:29:30", "2025-11-25", "NFO", 1),
        ("2025-11-25 15:30", "2025-11-25", "NFO", 1),
        ("2025-12-25 10:00", "2025-11-25", "NFO", 1),
        ("2025-11-24 23:55", "2025-11-25", "MCX", 24 * 60),
        ("2025-07-21 23:30", "2025-07-22", "MCX", 24 * 60),  # US daylight time
        ("2025-11-22 15:30", "2025-11-23", "NFO", 24 * 60),  # a Sunday has the usual close
    ],
)
def test_time_runs_by_the_calendar_to_the_close_of_the_derivatives(at, expiry, segment, minutes):
    now = datetime.fromisoformat(at).replace(tzinfo=IST)

    left = years_to_expiry(now, date.fromisoformat(expiry), segment)

    assert left == pytest.approx(minutes * MINUTE, rel=1e-12)


def test_time_is_the_same_in_any_time_zone():
    utc = datetime.fromisoformat("2025-11-24T10:00:00+00:00")

    assert years_to_expiry(utc, date(2025, 11, 25), "NFO") == pytest.approx(1 / 365)


def test_a_segment_without_rules_has_no_expiry():
    with pytest.raises(NotInRulebook):
        years_to_expiry(datetime(2025, 11, 24, tzinfo=IST), date(2025, 11, 25), "XYZ")


def test_the_forward_is_that_of_the_strike_with_the_least_difference():
    chain = chain_of([24_400, 24_500, 24_600])

    found = parity_forward(chain, said(190, 130.1, 80), said(80, 120, 170), 0.02)

    assert (found.value, found.strike) == (pytest.approx(24_510.1), 24_500)


def test_one_stale_leg_does_not_move_the_forward():
    chain = chain_of([24_400, 24_500, 24_600])

    found = parity_forward(chain, said(190, 130, 171), said(80, 120, 170), 0.02)

    assert (found.value, found.strike) == (24_510, 24_500)


@settings(deadline=None)
@given(st.floats(24_100.0, 24_900.0), st.sampled_from([0.0, 0.065]))
def test_a_chain_without_arbitrage_gives_its_own_forward(forward, rate):
    calls, puts = modelled(forward, rate)

    found = parity_forward(chain_of(STRIKES), calls, puts, 0.02, rate)

    assert found.value == pytest.approx(forward, abs=1e-8)
    assert abs(found.strike - forward) <= 25.0 + 1e-6


@settings(deadline=None)
@given(
    st.floats(24_100.0, 24_900.0),
    st.integers(0, len(STRIKES) - 1),
    st.booleans(),
    st.floats(0.05, 2000.0),
)
def test_any_one_wrong_leg_leaves_the_forward_near(forward, row, is_call, wrong):
    calls, puts = modelled(forward)
    (calls if is_call else puts).value[row] = wrong

    found = parity_forward(chain_of(STRIKES), calls, puts, 0.02)

    assert abs(found.value - forward) <= 0.25


def test_one_strike_is_enough_and_none_is_not():
    chain, nothing = chain_of([24_400, 24_500]), said(np.nan, np.nan)

    alone = parity_forward(chain, said(np.nan, 130), said(80, 120), 0.02)

    assert alone.value == 24_510
    assert parity_forward(chain, said(190, np.nan), said(np.nan, 120), 0.02) is None
    assert parity_forward(chain, nothing, nothing, 0.02) is None
    assert parity_forward(chain_of([]), said(), said(), 0.02) is None


def test_a_forward_is_positive():
    assert parity_forward(chain_of([100]), said(1), said(150), 0.02) is None


@pytest.mark.filterwarnings("error")
@example(np.full(7, 1.7e308), np.full(7, 1.0), np.full(7, 1.0), 0.0, 0.0)
@settings(deadline=None)
@given(anything, anything, anything, st.floats(), st.floats())
def test_no_chain_raises(strikes, calls, puts, years, rate):
    found = parity_forward(chain_of(strikes), said(*calls), said(*puts), years, rate)

    assert found is None or 0.0 < found.value < np.inf


def test_a_naive_second_before_the_close_is_a_minute():
    close = datetime(2026, 11, 24, 15, 40, tzinfo=IST)

    assert years_to_expiry(close - timedelta(seconds=1), date(2026, 11, 24), "NFO") == pytest.approx(MINUTE)
