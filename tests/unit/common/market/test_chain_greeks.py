"""A chain's Greeks are those of each contract alone, and a broken chain has reasons instead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oi_common.market.black76 import greeks, price
from oi_common.market.chain_greeks import LEAST_YEARS, chain_greeks
from oi_common.market.forward import Forward, parity_forward
from oi_common.market.implied_volatility import REASONS
from oi_common.market.option_chain import Legs, OptionChain
from oi_common.market.premiums import premiums

STRIKES = np.arange(23_000.0, 26_001.0, 50.0)
GREEKS = ("iv", "delta", "gamma", "theta", "vega")
anything = arrays(np.float64, 9, elements=st.floats(allow_nan=True, allow_infinity=True))


def legs(bid, ask, ltp):
    unknown = np.full(len(bid), np.nan)
    return Legs(unknown, unknown, ltp, bid, ask)


def quoted(premium):
    return legs(premium, premium, premium)


def analysed(chain, years, rate=0.0):
    calls, puts = premiums(chain.calls), premiums(chain.puts)
    return chain_greeks(chain, calls, puts, parity_forward(chain, calls, puts, years, rate), years, rate)


def smiling(strikes):
    return 0.12 + 0.5 * np.square(np.log(strikes / 24_500.0))


def modelled(forward=24_530.0, years=7 / 365, rate=0.0):
    sides = [
        quoted(price(forward, STRIKES, years, smiling(STRIKES), is_call=is_call, rate=rate))
        for is_call in (True, False)
    ]
    return OptionChain(STRIKES, *sides)


@pytest.mark.parametrize("rate", [0.0, 0.065])
def test_a_chain_gives_back_its_smile_and_its_greeks(rate):
    years, forward = 7 / 365, 24_530.0

    found = analysed(modelled(rate=rate), years, rate)

    for side, is_call in ((found.calls, True), (found.puts, False)):
        known = side.reason == 0
        told = [getattr(side, name)[known] for name in GREEKS]
        asked = greeks(forward, STRIKES, years, smiling(STRIKES), is_call=is_call, rate=rate)
        assert known.sum() > 40
        assert told[0] == pytest.approx(100.0 * smiling(STRIKES)[known], abs=1e-6)
        for name, values in zip(GREEKS[1:], told[1:], strict=True):
            assert values == pytest.approx(getattr(asked, name)[known], rel=1e-7, abs=1e-8)


def test_the_hand_worked_contract_has_its_greeks():
    chain = OptionChain(np.array([100.0]), *(quoted(np.array([7.96556745541])),) * 2)

    found = analysed(chain, 1.0)

    assert [getattr(found.calls, name)[0] for name in GREEKS] == pytest.approx(
        [20.0, 0.539828, 0.0198476, -0.0108754, 0.396953], rel=1e-5
    )
    assert found.puts.delta[0] == pytest.approx(-0.460172, rel=1e-5)


def test_call_and_put_of_a_strike_differ_by_one_in_delta_only():
    found = analysed(modelled(), 7 / 365)

    both = (found.calls.reason == 0) & (found.puts.reason == 0)
    calls, puts = ([getattr(side, name)[both] for name in GREEKS] for side in (found.calls, found.puts))
    assert both.sum() > 40
    assert calls[1] - puts[1] == pytest.approx(1.0, abs=1e-9)
    for number in (0, 2, 3, 4):
        assert calls[number] == pytest.approx(puts[number], rel=1e-6)


def test_a_chain_without_a_forward_says_so():
    chain = modelled()

    found = chain_greeks(chain, premiums(chain.calls), premiums(chain.puts), None, 0.02)

    assert {REASONS[code] for code in found.calls.reason} == {"no_forward"}
    assert np.isnan(found.puts.iv).all()


def test_contracts_without_a_premium_or_time_value_have_reasons_and_the_rest_numbers():
    strikes = np.array([24_000.0, 24_500.0, 25_000.0])
    calls = quoted(np.array([499.0, 150.0, 0.0]))
    puts = quoted(np.array([20.0, 120.0, 500.05]))
    chain = OptionChain(strikes, calls, puts)

    found = chain_greeks(chain, premiums(calls), premiums(puts), Forward(24_500.0, 24_500.0), 0.02)

    assert [REASONS[code] for code in found.calls.reason] == ["below_intrinsic", None, "no_premium"]
    assert [REASONS[code] for code in found.puts.reason] == [None, None, None]
    assert np.isnan(found.calls.gamma).tolist() == [True, False, True]


def test_less_than_a_minute_counts_as_a_minute_and_nothing_left_is_expired():
    chain = modelled(24_500.0, LEAST_YEARS)

    late, over = analysed(chain, LEAST_YEARS / 30), analysed(chain, 0.0)

    assert late.years == LEAST_YEARS
    assert np.nanmax(late.calls.iv) == pytest.approx(100.0 * smiling(np.array([24_500.0]))[0], rel=0.2)
    assert {REASONS[code] for code in over.calls.reason} <= {"expired", "no_premium"}


@settings(deadline=None)
@given(st.permutations(range(len(STRIKES))))
def test_the_order_of_rows_does_not_matter(order):
    chain, order = modelled(), np.array(order)
    shuffled = OptionChain(STRIKES[order], *(quoted(side.ltp[order]) for side in (chain.calls, chain.puts)))

    plain, other = analysed(chain, 7 / 365), analysed(shuffled, 7 / 365)

    assert other.calls.iv == pytest.approx(plain.calls.iv[order], rel=1e-9, nan_ok=True)
    assert other.puts.reason.tolist() == plain.puts.reason[order].tolist()


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(
    strikes=anything, prices=st.lists(anything, min_size=6, max_size=6), years=st.floats(), rate=st.floats()
)
def test_no_chain_raises_and_every_contract_has_numbers_or_a_reason(strikes, prices, years, rate):
    chain = OptionChain(strikes, legs(*prices[:3]), legs(*prices[3:]))

    found = analysed(chain, years, rate)

    for side in (found.calls, found.puts):
        table = np.array([getattr(side, name) for name in GREEKS])
        assert (np.isfinite(table).all(axis=0) == (side.reason == 0)).all()
        assert (np.isnan(table).all(axis=0) == (side.reason != 0)).all()


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(st.floats(1e-300, 1e300), st.floats(0.0, 1.0), st.floats(1e-9, 10.0))
def test_a_forward_of_any_size_gives_numbers_or_a_reason(forward, share, years):
    strikes = forward * np.array([0.9, 1.0, 1.1])
    chain = OptionChain(strikes, quoted(strikes * share), quoted(strikes * share))

    found = chain_greeks(chain, premiums(chain.calls), premiums(chain.puts), Forward(forward, forward), years)

    table = np.array([getattr(found.calls, name) for name in GREEKS])
    assert (np.isfinite(table).all(axis=0) == (found.calls.reason == 0)).all()
