"""Implied volatility and Greeks are those of py_vollib and QuantLib, and of the tables others published."""

import csv
import gzip
import json
import warnings

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - its own documentation calls it so

from oi_common.market.black76 import greeks, price
from oi_common.market.implied_volatility import REASONS, TICK, implied_volatility
from support.reference import reference_data

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # py_vollib is now named vollib
    from py_vollib.black import black as their_price
    from py_vollib.black.greeks import analytical as their_greeks
    from py_vollib.black.implied_volatility import implied_volatility as their_volatility

MINUTE = 1 / (365 * 24 * 60)
RATE = 0.065
PRINTED = ("delta", "gamma", "theta_year", "vega", "rho")


def cases():
    """Return 20,000 options of three indices: a minute to two years, 3 to 300 %, up to 3.5 deviations from the money."""
    away, years, sigma, is_call = (
        each.ravel()
        for each in np.meshgrid(
            np.linspace(-3.5, 3.5, 25),
            np.geomspace(MINUTE, 2.0, 20),
            np.geomspace(0.03, 3.0, 20),
            [True, False],
        )
    )
    forward = np.resize([24_000.0, 57_000.0, 81_000.0], away.shape)
    strike = forward * np.clip(np.exp(away * sigma * np.sqrt(years)), 0.7, 1.4)
    return forward, strike, years, sigma, is_call


def letters(is_call):
    return np.where(is_call, "c", "p").tolist()


def row_by_row(function, *columns):
    """Return the function's value for each row; theirs know no arrays."""
    lists = (each.tolist() if isinstance(each, np.ndarray) else each for each in columns)
    return np.array([function(*row) for row in zip(*lists, strict=True)])


@pytest.fixture(scope="module")
def grid():
    forward, strike, years, sigma, is_call = cases()

    def theirs(flags):
        return row_by_row(
            lambda flag, f, k, t, s: their_price(flag, f, k, t, RATE, s), flags, forward, strike, years, sigma
        )

    return (*cases(), theirs(letters(is_call)), theirs(letters(forward <= strike)))


def test_twenty_thousand_premiums_agree_with_py_vollib(grid):
    forward, strike, years, sigma, is_call, premium, _ = grid

    ours = price(forward, strike, years, sigma, is_call=is_call, rate=RATE)

    assert len(ours) == 20_000
    assert np.abs(ours - premium).max() < 1e-10


def test_twenty_thousand_volatilities_agree_with_py_vollib_and_elsewhere_have_a_reason(grid):
    forward, strike, years, sigma, is_call, premium, time_value = grid
    told = time_value >= TICK

    found = implied_volatility(premium, forward, strike, years, is_call=is_call, rate=RATE)

    theirs = row_by_row(
        lambda p, f, k, t, flag: their_volatility(p, f, k, RATE, t, flag),
        *(each[told] for each in (premium, forward, strike, years)),
        letters(is_call[told]),
    )
    back = row_by_row(
        lambda flag, f, k, t, s: their_price(flag, f, k, t, RATE, s),
        letters(is_call[told]),
        *(each[told] for each in (forward, strike, years, found.sigma)),
    )
    assert told.sum() > 10_000
    assert np.abs(found.sigma[told] - theirs).max() < 1e-9
    assert np.abs(found.sigma[told] - sigma[told]).max() < 1e-9
    assert np.abs(back - premium[told]).max() < 1e-10
    assert np.isnan(found.sigma[~told]).all()
    assert {REASONS[code] for code in found.reason[~told]} <= {"no_premium", "no_time_value"}


def test_greeks_agree_with_py_vollib(grid):
    forward, strike, years, sigma, is_call, _, time_value = (each[::7] for each in grid)
    told = time_value >= TICK
    asked = [each[told] for each in (forward, strike, years, sigma)]
    flags = letters(is_call[told])

    found = greeks(*asked, is_call=is_call[told], rate=RATE)

    for name in ("delta", "gamma", "theta", "vega"):
        theirs = row_by_row(
            getattr(their_greeks, name), flags, *asked[:3], np.full(len(flags), RATE), asked[3]
        )
        assert getattr(found, name) == pytest.approx(theirs, rel=1e-10, abs=1e-10), name


def test_quantlib_prices_the_volatilities_back(grid):
    forward, strike, years, _, is_call, premium, _ = (each[grid[-1] >= TICK] for each in grid)
    discount = np.exp(-RATE * years)

    found = implied_volatility(premium, forward, strike, years, is_call=is_call, rate=RATE)

    kinds = [ql.Option.Call if call else ql.Option.Put for call in is_call.tolist()]
    back = row_by_row(ql.blackFormula, kinds, strike, forward, found.sigma * np.sqrt(years), discount)
    assert len(back) > 10_000
    assert np.abs(back - premium).max() < 1e-10


def test_the_published_grid_of_quantlib_is_met():
    with gzip.open(reference_data("reference/black76_grid_quantlib_1.44.csv.gz"), "rt") as file:
        rows = list(csv.DictReader(file))
    column = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "type"}
    is_call = np.array([row["type"] == "C" for row in rows])
    ahead = np.where(is_call, column["F"] - column["K"], column["K"] - column["F"])
    told = column["price"] - column["discount"] * np.maximum(ahead, 0.0) >= TICK

    assert len(rows) == 2464
    for rate in (0.0, 0.065):
        of = column["r"] == rate
        asked = [column[name][of] for name in ("price", "F", "K", "t")]
        found = implied_volatility(*asked, is_call=is_call[of], rate=rate)
        assert np.abs(found.sigma - column["vol"][of])[told[of]].max() < 1e-9
        assert np.isnan(found.sigma[~told[of]]).all()


def spot_measures(spot, strike, years, vol, rate, dividend, *, is_call):
    """Return what tables of options on a spot print, from the same option on its forward F = S e^((r - q) T)."""
    growth = np.exp((rate - dividend) * years)
    forward = spot * growth
    premium = price(forward, strike, years, vol, is_call=is_call, rate=rate)
    of_forward = greeks(forward, strike, years, vol, is_call=is_call, rate=rate)
    carried = (rate - dividend) * forward * of_forward.delta
    theta = 365.0 * of_forward.theta - carried
    rho = years * (forward * of_forward.delta - premium)
    return {
        "price": premium,
        "delta": of_forward.delta * growth,
        "gamma": of_forward.gamma * growth * growth,
        "vega": of_forward.vega * 100.0,
        "vega_per_1pct": of_forward.vega,
        "theta_year": theta,
        "theta_day365": theta / 365.0,
        "rho": rho,
        "rho_per_1pct": rho / 100.0,
    }


def test_the_tables_of_haug_and_hull_are_met():
    rows = []
    for name in ("greeks_haug_1998_via_quantlib.csv", "greeks_hull_via_vollib_doctests.csv"):
        with reference_data(f"reference/{name}").open() as file:
            rows += csv.DictReader(file)

    for row in rows:
        spot, strike = (float(row.get(a) or row[b]) for a, b in (("spot_or_forward", "S"), ("strike", "K")))
        years, vol, rate, dividend = (float(row[name]) for name in ("t", "vol", "r", "q"))
        published = float(row.get("value") or row["published"])
        found = spot_measures(spot, strike, years, vol, rate, dividend, is_call=row["type"] == "C")
        assert float(found[row["metric"]]) == pytest.approx(published, abs=float(row.get("tol") or 1e-4)), row
    assert len(rows) > 40


def test_the_table_of_py_vollib_vectorized_is_met():
    table = json.loads(reference_data("reference/py_vollib_vectorized_test_data.json").read_text())
    columns = dict(zip(table["columns"], np.array(table["data"], dtype=np.float64).T, strict=True))
    spot, strike, rate, years, vol = (columns[name] for name in ("S", "K", "R", "t", "v"))
    [rate] = set(rate.tolist())

    for side, is_call in (("call", True), ("put", False)):
        found = spot_measures(spot, strike, years, vol, rate, 0.0, is_call=is_call)
        published = {name: columns[side[0].upper() + name[0].upper()] for name in PRINTED}
        published["price"] = columns[f"bs_{side}"]
        for name, values in published.items():
            assert found[name] == pytest.approx(values, rel=1e-5, abs=1e-6), name
