"""Gamma exposure by hand, and the flip as a zero of the exposure recomputed."""

import math

import numpy as np
import pytest

from oi_common.market import black76
from oi_common.market.exposure import gamma_exposure, gamma_flip, net_exposure
from support.chains import by_hand

NAN = np.nan
YEARS = 0.1


def test_exposure_by_hand_in_crore_rupees_for_one_percent():
    chain = by_hand({25_000: (3_000_000, 1_000_000)})
    gamma = np.array([0.0005])

    assert gamma_exposure(chain, gamma, gamma, 25_000.0) == pytest.approx([625.0])


def test_a_leg_without_a_gamma_takes_the_other_legs():
    chain = by_hand({25_000: (3_000_000, 1_000_000)})

    assert gamma_exposure(chain, np.array([NAN]), np.array([0.0005]), 25_000.0) == pytest.approx([625.0])
    assert gamma_exposure(chain, np.array([0.0005]), np.array([NAN]), 25_000.0) == pytest.approx([625.0])


def test_strikes_that_say_nothing_are_unknown_and_left_out_of_the_net():
    chain = by_hand({100: (10, 5), 110: (None, None), 120: (10, None)})
    gamma = np.array([NAN, 0.01, 0.02])

    found = gamma_exposure(chain, gamma, gamma, 1000.0)

    assert np.isnan(found).tolist() == [True, True, False]
    assert net_exposure(found) == found[2] == pytest.approx(10 * 0.02 * 1e6 * 0.01 / 1e7)
    assert net_exposure(gamma_exposure(chain, gamma, gamma, None)) is None


def test_scale_doubles_and_swapping_sides_turns_the_sign():
    gamma = np.array([0.01, 0.02])
    chain, other = by_hand({100: (10, 4), 110: (3, 9)}), by_hand({100: (4, 10), 110: (9, 3)})
    double = by_hand({100: (20, 8), 110: (6, 18)})

    found = gamma_exposure(chain, gamma, gamma, 105.0)

    assert gamma_exposure(other, gamma, gamma, 105.0) == pytest.approx(-found)
    assert gamma_exposure(double, gamma, gamma, 105.0) == pytest.approx(2 * found)


def flip(chain, iv, *, put_iv=None, spot=100.0, forward=None, years=YEARS):
    call_iv = np.full(len(chain), iv)
    of_puts = call_iv if put_iv is None else np.full(len(chain), put_iv)
    return gamma_flip(chain, call_iv, of_puts, spot=spot, forward=forward, years=years)


TWO = {90: (0, 1000), 110: (1000, 0)}


def test_the_flip_of_one_call_and_one_put_is_where_their_gammas_are_equal():
    expected = math.sqrt(90 * 110) * math.exp(-0.5 * 0.2**2 * YEARS)

    assert flip(by_hand(TWO), 20.0) == pytest.approx(expected, abs=1e-5)


def test_a_forward_above_spot_moves_the_flip_down_as_far():
    expected = math.sqrt(90 * 110) * math.exp(-0.5 * 0.2**2 * YEARS)

    assert flip(by_hand(TWO), 20.0, forward=101.0) == pytest.approx(expected / 1.01, abs=1e-5)


def test_the_flip_scales_neither_with_oi_nor_with_who_is_long():
    more = by_hand({90: (0, 75_000), 110: (75_000, 0)})
    swapped = by_hand({90: (1000, 0), 110: (0, 1000)})

    assert flip(more, 20.0) == pytest.approx(flip(by_hand(TWO), 20.0))
    assert flip(swapped, 20.0) == pytest.approx(flip(by_hand(TWO), 20.0))


@pytest.mark.parametrize(
    "table",
    [{}, {100: (10, 0)}, {100: (0, 10)}, {100: (None, None)}, {90: (7, 7), 110: (3, 3)}, {200: (9, 1)}],
)
def test_a_chain_whose_net_never_changes_sign_has_no_flip(table):
    assert flip(by_hand(table), 20.0) is None


@pytest.mark.parametrize(
    "unknown", [{"spot": None}, {"spot": 0.0}, {"years": None}, {"years": 0.0}, {"iv": NAN}, {"iv": 0.0}]
)
def test_without_spot_time_or_iv_there_is_no_flip(unknown):
    assert flip(by_hand(TWO), **{"iv": 20.0, **unknown}) is None


def test_a_flip_farther_than_ten_percent_is_not_told():
    assert flip(by_hand(TWO), 20.0, spot=113.0) is None
    assert flip(by_hand(TWO), 20.0, spot=110.0) is not None


def recomputed(chain, iv, level, carry):
    """The oracle: GEX at a level, contract by contract, in plain arithmetic."""
    total = 0.0
    for strike, calls, puts, sigma in zip(
        chain.strikes.tolist(),
        chain.calls.oi.tolist(),
        chain.puts.oi.tolist(),
        (iv / 100).tolist(),
        strict=True,
    ):
        deviation, forward = sigma * math.sqrt(YEARS), level * carry
        d1 = math.log(forward / strike) / deviation + deviation / 2
        gamma = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi) / (forward * deviation)
        total += (calls - puts) * gamma * level * level * 0.01 / 1e7
    return total


def test_the_flip_of_any_chain_is_the_zero_nearest_to_spot():
    found_some = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        strikes = np.arange(22_500, 27_501, 100)
        table = {int(at): tuple(int(n) for n in rng.integers(0, 10**6, 2)) for at in strikes}
        chain, iv = by_hand(table), rng.uniform(9, 25) - (strikes - 25_000) / 1000
        spot, carry = 25_000.0 + rng.uniform(-500, 500), 1.004

        found = gamma_flip(chain, iv, iv, spot=spot, forward=spot * carry, years=YEARS)

        here = recomputed(chain, iv, spot, carry)
        reach = spot * 0.1 if found is None else abs(found - spot) - 1.0
        nearer = [
            recomputed(chain, iv, spot + way * reach * n / 200, carry) for n in range(200) for way in (-1, 1)
        ]
        assert all(value * here > 0 for value in nearer), seed
        if found is not None:
            found_some += 1
            around = [recomputed(chain, iv, found + by, carry) for by in (-0.5, 0.5)]
            assert around[0] * around[1] < 0, seed
    assert found_some > 10


def test_exposure_with_the_models_own_gamma_vanishes_at_the_flip():
    chain = by_hand({24_000: (100, 900), 25_000: (500, 500), 26_000: (800, 200)})
    iv = np.array([15.0, 13.0, 12.0])
    found = gamma_flip(chain, iv, iv, spot=25_000.0, forward=None, years=YEARS)
    at_flip = black76.greeks(found, chain.strikes, YEARS, iv / 100, is_call=True).gamma

    exposure = gamma_exposure(chain, at_flip, at_flip, found)

    assert net_exposure(exposure) == pytest.approx(0.0, abs=1e-7 * np.abs(exposure).sum())
