"""A planted day shows what its name says, whatever the seed; distances are in standard deviations of a day."""

from datetime import date, datetime
from functools import cache

import numpy as np
import pytest

from oi_common.market.buckets import IST
from simulator.core.floor import Floor
from simulator.core.model_days import ModelDays
from simulator.core.model_market import ModelMarket
from simulator.core.paths import draw_day
from simulator.core.scenarios import SCENARIO_NAMES, deviation_of, scenario_named, wall_above
from simulator.core.sessions import session
from simulator.core.underlyings import BY_NAME

DAY, YESTERDAY = date(2026, 11, 18), date(2026, 11, 17)
SEEDS = range(6)
PLANTED = [name for name in SCENARIO_NAMES if name != "calm"]
NIFTY = ("NSE", "99926000")
NAMES = ["NIFTY", "BANKNIFTY", "SENSEX", "SILVERMIC", "RELIANCE"]

every_seed = pytest.mark.parametrize("seed", SEEDS)
every_name = pytest.mark.parametrize("name", NAMES)


@cache
def path_of(scenario, seed, name="NIFTY"):
    underlying = BY_NAME[name]
    return draw_day(underlying, DAY, seed, session(DAY, underlying.hours), scenario_named(scenario))


def moved(scenario, seed, name="NIFTY"):
    """Return how far spot is from yesterday's close at each second, in standard deviations of a day."""
    path = path_of(scenario, seed, name)
    return np.log(path.spot / path.previous_close) / deviation_of(BY_NAME[name])


def drawdown(path):
    return float((np.maximum.accumulate(path) - path).max())


def turns(path, least):
    """Return how often a path turns, after it has gone so far."""
    found, low, high, direction = 0, path[0], path[0], 0
    for value in path[::30]:
        low, high = min(low, value), max(high, value)
        if direction >= 0 and high - value >= least:
            found, low, direction = found + direction, value, -1
        elif direction <= 0 and value - low >= least:
            found, high, direction = found - direction, value, 1
    return found


@cache
def chain_of(scenario, seed, name="NIFTY"):
    floor = Floor(
        DAY, seed, (BY_NAME[name],), expiries=1, strikes_around=60, scenario=scenario_named(scenario)
    )
    return floor.chain(name, floor.expiries[name][0].day).chain


def held(scenario, seed, name="NIFTY"):
    """Return the calls' and the puts' OI within 2 % of yesterday's close, after each batch."""
    chain = chain_of(scenario, seed, name)
    near = chain.distances < 2.0
    oi = np.where(near, chain.plan.oi, 0)
    return oi[:, 0::2].sum(axis=1), oi[:, 1::2].sum(axis=1)


@every_seed
@every_name
@pytest.mark.parametrize(("scenario", "sign"), [("trend_up", 1), ("trend_down", -1)])
def test_a_trend_goes_on_through_the_day_and_comes_back_but_little(scenario, sign, seed, name):
    path = sign * moved(scenario, seed, name)

    assert path[-1] - path[0] > 1.5
    assert drawdown(path) < 0.45
    quarters = path[:: path.size // 4]
    assert (np.diff(quarters[:5]) > 0).all()


@every_seed
@every_name
def test_a_range_is_left_in_neither_direction_and_is_crossed_again_and_again(seed, name):
    path = moved("range", seed, name)

    assert np.abs(path).max() < 0.45
    assert abs(path[-1]) < 0.1
    assert np.count_nonzero(np.diff(np.sign(path[::600]))) >= 4


@every_seed
@every_name
@pytest.mark.parametrize(("scenario", "sign"), [("gap_up", 1), ("gap_down", -1)])
def test_a_gap_opens_far_from_the_close_and_is_never_filled(scenario, sign, seed, name):
    path = sign * moved(scenario, seed, name)

    assert path[0] > 1.0
    assert path.min() > 0.8
    assert path[-1] > 1.2


@every_seed
@every_name
def test_a_whipsaw_turns_hard_and_often_and_gets_nowhere(seed, name):
    path = moved("whipsaw", seed, name)

    assert turns(path, 0.8) >= 7
    assert abs(path[-1]) < 0.1


def test_no_other_day_is_a_whipsaw():
    others = [name for name in SCENARIO_NAMES if name != "whipsaw"]

    assert all(turns(moved(name, seed), 0.8) < 4 for name in others for seed in SEEDS)


@every_seed
@every_name
def test_a_wall_is_approached_holds_and_breaks(seed, name):
    path, underlying = path_of("wall_break", seed, name), BY_NAME[name]
    wall = wall_above(underlying, DAY, path.previous_close / 100.0) * 100

    spot, seconds = path.spot, path.spot.size
    before, after = spot[: int(0.56 * seconds)], spot[int(0.66 * seconds) :]
    approach = before.max() - path.previous_close
    assert before.max() < wall
    assert approach > 0.7 * (wall - path.previous_close)
    assert after.min() > wall


@every_seed
@pytest.mark.parametrize("name", ["NIFTY", "BANKNIFTY", "RELIANCE"])
def test_the_walls_writers_hold_the_most_add_and_give_up_when_it_breaks(seed, name):
    chain = chain_of("wall_break", seed, name)
    close = chain._path.previous_close / 100.0
    leg = 2 * int(np.flatnonzero(chain.strikes == wall_above(BY_NAME[name], DAY, close))[0])

    oi, along = chain.plan.oi, np.append(0, chain.plan.moments) / session(DAY).seconds
    calls, puts = oi[:, 0::2], oi[:, leg + 1]
    break_at = int(np.searchsorted(along, 0.6))
    assert (calls[:break_at].argmax(axis=1) == leg // 2).mean() > 0.9
    assert oi[break_at - 1, leg] > 1.2 * oi[0, leg]
    assert oi[-1, leg] < 0.4 * oi[break_at - 1, leg]
    assert puts[-1] > 1.5 * puts[break_at]


@every_seed
@pytest.mark.parametrize("name", ["NIFTY", "BANKNIFTY"])
@pytest.mark.parametrize("scenario", ["trend_up", "gap_up"])
def test_on_the_way_up_put_writers_add_and_call_writers_cover(scenario, seed, name):
    calls, puts = held(scenario, seed, name)

    assert calls[-1] < calls[0]
    assert puts[-1] > 1.2 * puts[0]


@every_seed
@pytest.mark.parametrize("name", ["NIFTY", "BANKNIFTY"])
@pytest.mark.parametrize("scenario", ["trend_down", "gap_down"])
def test_on_the_way_down_call_writers_add_and_put_writers_cover(scenario, seed, name):
    calls, puts = held(scenario, seed, name)

    assert calls[-1] > 1.2 * calls[0]
    assert puts[-1] < puts[0]


@every_seed
def test_in_a_range_both_sides_are_written(seed):
    calls, puts = held("range", seed)

    assert calls[-1] > 1.2 * calls[0]
    assert puts[-1] > 1.2 * puts[0]


def test_in_a_whipsaw_writers_are_drawn_to_and_fro():
    calls, puts = held("whipsaw", 1)
    chain = chain_of("whipsaw", 1)
    along = np.append(0, chain.plan.moments) / session(DAY).seconds
    ends = np.searchsorted(along, np.arange(11) / 10) - 1

    lead = np.diff((puts - calls)[np.maximum(ends, 0)])

    assert (np.sign(lead) == np.tile([1, -1], 5)).mean() >= 0.8


@pytest.mark.parametrize("scenario", PLANTED)
def test_open_interest_stays_a_count_of_lots(scenario):
    for name in ("NIFTY", "RELIANCE"):
        plan = chain_of(scenario, 3, name).plan

        assert plan.oi.dtype == np.int64
        assert plan.oi.min() >= 0


@pytest.mark.parametrize("scenario", PLANTED)
def test_a_planted_day_goes_on_from_the_same_yesterday_and_is_the_same_each_time(scenario):
    at = datetime(2026, 11, 18, 12, 3, 4, tzinfo=IST)
    chosen = (BY_NAME["NIFTY"],)
    planted, again = (
        ModelMarket(DAY, 5, chosen, strikes_around=5, scenario=scenario_named(scenario)) for _ in range(2)
    )
    calm = ModelMarket(DAY, 5, chosen, strikes_around=5)
    every = [(row.exchange, row.token) for row in calm.instruments()]

    assert planted.instruments() == calm.instruments()
    assert planted.quote(*NIFTY, at).close == calm.quote(*NIFTY, at).close
    assert planted.quotes(every, at) == again.quotes(every, at) != calm.quotes(every, at)


def test_only_the_day_itself_is_planted():
    chosen = (BY_NAME["NIFTY"],)
    calm, planted = (
        ModelDays(DAY, 5, chosen, strikes_around=5, scenario=scenario)
        for scenario in (None, scenario_named("trend_up"))
    )
    opens, closes = (datetime(2026, 11, 17, hour, 0, tzinfo=IST) for hour in (9, 16))
    width = session(DAY).closes_at - session(DAY).opens_at

    assert planted.candles(*NIFTY, opens, closes, width) == calm.candles(*NIFTY, opens, closes, width) != []


def test_the_calm_day_is_no_scenario():
    assert scenario_named("calm") is None
