"""The measures of a 200-strike chain: PCR with max pain against the naive double loop, and what each one takes."""

import statistics
import time

import numpy as np

from oi_common.market.exposure import gamma_exposure, gamma_flip
from oi_common.market.money import nearest_strike, rolling_straddle
from oi_common.market.option_chain import Legs, OptionChain
from oi_common.market.pain import max_pain
from oi_common.market.ratios import pcr_by_oi
from oi_common.market.smile import atm_iv, risk_reversal_25
from oi_common.market.walls import walls

STRIKES = 200
SPOT = 25_013.0
TARGET = 300


def chain():
    rng = np.random.default_rng(5)
    strikes = 20_000.0 + 50.0 * np.arange(STRIKES)
    calls, puts = (Legs(*(rng.integers(0, 10**7, STRIKES).astype(float) for _ in range(5))) for _ in range(2))
    return OptionChain(strikes, calls, puts)


def naive(calls, puts):
    """PCR and max pain as they are usually written, over dicts of {strike: OI}."""
    ratio = sum(puts.values()) / sum(calls.values())
    pains = {
        at: sum(oi * max(0, at - strike) for strike, oi in calls.items())
        + sum(oi * max(0, strike - at) for strike, oi in puts.items())
        for at in calls
    }
    return ratio, min(pains, key=pains.__getitem__)


def test_pcr_and_max_pain_are_hundreds_of_times_faster_than_the_double_loop(result):
    ours = chain()
    calls, puts = (
        dict(zip(ours.strikes.astype(int).tolist(), legs.oi.astype(int).tolist(), strict=True))
        for legs in (ours.calls, ours.puts)
    )
    assert naive(calls, puts) == (pcr_by_oi(ours).ratio, max_pain(ours, SPOT))
    repeated = 200

    def timed(function, times):
        began = time.perf_counter()
        for _ in range(times):
            function()
        return (time.perf_counter() - began) / times

    rounds = [
        (
            timed(lambda: naive(calls, puts), 3),
            timed(lambda: (pcr_by_oi(ours), max_pain(ours, SPOT)), repeated),
        )
        for _ in range(7)
    ]

    ratio = statistics.median(slow / fast for slow, fast in rounds)
    slow, fast = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"\nnaive {slow * 1e3:.2f} ms, ours {fast * 1e6:.1f} us: {ratio:.0f}x (target {TARGET}x)")  # noqa: T201
    result("PCR + max pain", "naive double loop", TARGET, ratio)
    assert ratio > 1


def test_all_measures_of_a_chain_together_take_a_few_milliseconds(compare):
    ours = chain()
    iv, gamma = np.full(STRIKES, 13.0), np.full(STRIKES, 0.0005)
    delta = np.linspace(0.999, 0.001, STRIKES)
    cases = {
        "PCR": lambda: pcr_by_oi(ours),
        "max pain": lambda: max_pain(ours, SPOT),
        "walls": lambda: walls(ours, ours.calls.ltp, ours.puts.ltp, nearest_strike(ours.strikes, SPOT)),
        "straddle": lambda: rolling_straddle(ours.strikes, ours.calls.ltp, ours.puts.ltp, SPOT),
        "IV at the money": lambda: atm_iv(ours.strikes, iv, iv, SPOT),
        "risk reversal": lambda: risk_reversal_25(iv, delta, iv, delta - 1.0),
        "gamma exposure": lambda: gamma_exposure(ours, gamma, gamma, SPOT),
        "flip": lambda: gamma_flip(ours, iv, iv, spot=SPOT, forward=SPOT, years=0.02),
    }

    def all_of_them():
        for measure in cases.values():
            measure()

    ratios = compare("chains", 1, {"all together": all_of_them, **cases})

    assert ratios["PCR"] > 1
    assert min(ratios.values()) >= 0.9
