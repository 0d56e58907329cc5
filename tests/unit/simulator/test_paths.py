"""A day's path looks like an index: realistic range, joined days, indices that move together."""

from datetime import date, timedelta

import numpy as np
import pytest

from simulator.core.paths import draw_day
from simulator.core.sessions import is_trading_day, previous_trading_day, session
from simulator.core.underlyings import BY_NAME

LAST = date(2026, 11, 20)
DAYS = [day for day in (LAST - timedelta(days=back) for back in range(45)) if is_trading_day(day)]


def path(name="NIFTY", day=LAST, seed=7):
    underlying = BY_NAME[name]
    return draw_day(underlying, day, seed, session(day, underlying.hours))


def test_there_is_one_price_a_second_on_the_tick():
    drawn = path()

    assert drawn.spot.shape == drawn.volatility.shape == (385 * 60,)
    assert not (drawn.spot % 5).any()


def test_days_join():
    for day in DAYS:
        assert path(day=day).previous_close == pytest.approx(
            path(day=previous_trading_day(day)).spot[-1], abs=6
        )


def test_daily_moves_and_ranges_are_those_of_an_index():
    drawn = [path(day=day) for day in DAYS]
    moves = np.array([np.log(each.spot[-1] / each.previous_close) for each in drawn])
    ranges = np.array([each.spot.max() / each.spot.min() - 1.0 for each in drawn])

    assert 0.004 < moves.std() < 0.012
    assert 0.004 < np.median(ranges) < 0.02
    assert ranges.max() < 0.05


def test_the_first_and_last_half_hours_are_livelier_than_noon():
    steps = np.concatenate([np.diff(np.log(path(seed=seed).spot[::60]))[None, :] for seed in range(40)])
    deviation = steps.std(axis=0)

    assert deviation[:30].mean() > 1.3 * deviation[150:210].mean()
    assert deviation[-30:].mean() > 1.1 * deviation[150:210].mean()


def test_prices_gap_at_the_open():
    gaps = [path(day=day).spot[0] - path(day=day).previous_close for day in DAYS]

    assert np.median(np.abs(gaps)) > 1_000  # paise


def test_indices_move_together_and_crude_does_not():
    def moves(name):
        return np.concatenate([np.diff(np.log(path(name, day).spot[:23_000:60])) for day in DAYS[:8]])

    nifty = moves("NIFTY")
    assert np.corrcoef(nifty, moves("BANKNIFTY"))[0, 1] > 0.6
    assert abs(np.corrcoef(nifty, moves("CRUDEOILM"))[0, 1]) < 0.15


def test_volatility_rises_when_the_price_falls():
    together = [
        np.corrcoef(np.diff(np.log(drawn.spot[::300])), np.diff(drawn.volatility[::300]))[0, 1]
        for drawn in map(path, ["NIFTY"] * 8, DAYS[:8])
    ]

    assert np.median(together) < -0.3


def test_an_evening_session_has_its_own_length():
    assert len(path("CRUDEOILM").spot) == (14 * 60 + 55) * 60
