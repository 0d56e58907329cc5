"""Implied volatility and five Greeks of 800 contracts: py_vollib in a loop, and py_vollib_vectorized, against ours.

py_vollib_vectorized needs pins of its own (numpy below 2), so it has an environment and a process of its own.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from oi_common.market.black76 import greeks, price
from oi_common.market.chain_greeks import chain_greeks
from oi_common.market.forward import parity_forward
from oi_common.market.implied_volatility import implied_volatility
from oi_common.market.option_chain import Legs, OptionChain
from oi_common.market.premiums import premiums

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # py_vollib is now named vollib
    from py_vollib.black.greeks import analytical
    from py_vollib.black.implied_volatility import implied_volatility as their_volatility

RATE, FORWARD = 0.065, 24_530.0
STRIKES = np.arange(19_550.0, 29_501.0, 50.0)  # 200
EXPIRIES = (16 / 365, 44 / 365)
REPEATS = 10  # in one timing, so that a call through a pipe does not count
PINS = (
    "numpy<2",
    "numba<0.60",
    "pandas<2.3",
    "scipy<1.15",
    "py_vollib==1.0.1",
    "py_lets_be_rational==1.0.1",
    "py_vollib_vectorized==0.1.1",
)
WORKER = """
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np, py_vollib_vectorized as vectorized
data = np.load(sys.argv[1])
p, k, t, flag, f, r = (data[name] for name in ("p", "k", "t", "flag", "f", "r"))
for line in sys.stdin:
    for _ in range(int(line)):
        sigma = vectorized.vectorized_implied_volatility_black(p, f, k, r, t, flag, return_as="numpy")
        vectorized.get_all_greeks(flag, f, k, t, r, sigma, model="black", return_as="dict")
    print(float(sigma.sum()), flush=True)
"""


def contracts():
    """Return (premium, strike, years, is call) of 800 contracts; every one is worth more than a tick of time."""
    strike, years, is_call = (each.ravel() for each in np.meshgrid(STRIKES, EXPIRIES, [True, False]))
    sigma = 0.12 + 6.0 * np.square(np.log(strike / FORWARD))
    return price(FORWARD, strike, years, sigma, is_call=is_call, rate=RATE), strike, years, is_call


PREMIUM, STRIKE, YEARS, IS_CALL = contracts()
FLAGS = np.where(IS_CALL, "c", "p")


def loop():
    """Return the volatilities by py_vollib, one contract after another."""
    found = []
    for p, k, t, flag in zip(PREMIUM.tolist(), STRIKE.tolist(), YEARS.tolist(), FLAGS.tolist(), strict=True):
        sigma = their_volatility(p, FORWARD, k, RATE, t, flag)
        asked = (flag, FORWARD, k, t, RATE, sigma)
        analytical.delta(*asked)
        analytical.gamma(*asked)
        analytical.theta(*asked)
        analytical.vega(*asked)
        analytical.rho(*asked)
        found.append(sigma)
    return np.array(found)


def ours():
    found = implied_volatility(PREMIUM, FORWARD, STRIKE, YEARS, is_call=IS_CALL, rate=RATE)
    greeks(FORWARD, STRIKE, YEARS, found.sigma, is_call=IS_CALL, rate=RATE)
    rho = -YEARS * PREMIUM / 100.0
    assert rho.shape == found.sigma.shape
    return found.sigma


def chains():
    """Return the two chains as they come from the quotes."""
    unknown = np.full(len(STRIKES), np.nan)
    for years in EXPIRIES:
        sides = [PREMIUM[(years == YEARS) & (is_call == IS_CALL)] for is_call in (True, False)]
        yield OptionChain(STRIKES, *(Legs(unknown, unknown, side, side, side) for side in sides)), years


CHAINS = tuple(chains())


def ours_by_chain():
    """Premiums, forward, volatilities and four Greeks of each chain, as the bucketer asks for them."""
    for chain, years in CHAINS:
        calls, puts = premiums(chain.calls), premiums(chain.puts)
        found = chain_greeks(chain, calls, puts, parity_forward(chain, calls, puts, years, RATE), years, RATE)
        assert not found.calls.reason.any()


def often(function):
    def repeat():
        for _ in range(REPEATS):
            function()

    return repeat


def test_volatility_and_greeks_beat_py_vollib_in_a_loop(compare, result):
    assert len(PREMIUM) == 800
    assert np.abs(ours() - loop()).max() < 1e-9

    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare(
        "contracts",
        REPEATS * len(PREMIUM),
        {
            "py_vollib in a loop, five Greeks": often(loop),
            "ours, five Greeks": often(ours),
            "ours, from the quotes of two chains, four Greeks": often(ours_by_chain),
        },
    )

    result("IV + five Greeks", "py_vollib loop", 60, ratios["ours, five Greeks"])
    assert ratios["ours, five Greeks"] > 30


@pytest.fixture(scope="module")
def their_python():
    """An environment with the pins that py_vollib_vectorized needs; skipped where it cannot be made."""
    folder = Path(tempfile.gettempdir()) / "oi-bench-py_vollib_vectorized"
    python, uv = folder / "bin" / "python", [sys.executable, "-m", "uv"]
    steps = [
        [*uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "--quiet", "--python", str(python), *PINS],
        [str(python), "-W", "ignore", "-c", "import py_vollib_vectorized"],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"py_vollib_vectorized is NOT measured, no environment for it: {done.stderr[-300:]}")
    return python


@pytest.fixture
def vectorized(their_python, tmp_path):
    """Return a function that lets their process do the work `repeats` times and gives the sum of its volatilities."""
    np.savez(tmp_path / "data.npz", p=PREMIUM, k=STRIKE, t=YEARS, flag=FLAGS, f=FORWARD, r=RATE)
    worker = subprocess.Popen(
        [str(their_python), "-c", WORKER, str(tmp_path / "data.npz")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(repeats):
        worker.stdin.write(f"{repeats}\n")
        worker.stdin.flush()
        return float(worker.stdout.readline())

    yield ask
    worker.stdin.close()
    worker.wait(timeout=30)


def test_volatility_and_greeks_beat_py_vollib_vectorized(vectorized, compare, result):
    assert vectorized(1) == pytest.approx(ours().sum(), abs=1e-6)

    print()  # noqa: T201 - the table begins on a line of its own
    ratios = compare(
        "contracts",
        REPEATS * len(PREMIUM),
        {
            "py_vollib_vectorized 0.1.1, all Greeks": lambda: vectorized(REPEATS),
            "ours, five Greeks": often(ours),
            "ours, from the quotes of two chains, four Greeks": often(ours_by_chain),
        },
    )

    result("IV + five Greeks", "py_vollib_vectorized", 2.5, ratios["ours, five Greeks"])
    assert ratios["ours, five Greeks"] > 1
