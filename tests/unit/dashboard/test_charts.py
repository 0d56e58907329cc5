import json

from dashboard.core.charts import profile
from dashboard.core.day_chart import day_lines
from dashboard.core.facts import Leg, Point
from support.live_page import OPENS, STEP, chain, leg, strike


def series_of(option, name):
    return next(one["data"] for one in option["series"] if one["name"] == name)


def test_calls_grow_to_the_left_and_puts_to_the_right():
    rows = (
        strike(
            24_500, ce=leg(oi=1_000_000, oi_since_open=-50_000), pe=leg(oi=2_000_000, oi_since_open=50_000)
        ),
    )

    option = profile(chain(*rows))

    assert series_of(option, "Calls") == [-10.0]
    assert series_of(option, "Puts") == [20.0]
    assert series_of(option, "Calls since open") == [0.5]
    assert series_of(option, "Puts since open") == [0.5]


def test_unknown_oi_is_no_bar_of_length_0():
    option = profile(chain(strike(24_500, ce=Leg(), pe=leg(oi=0))))

    assert series_of(option, "Calls") == [None]
    assert series_of(option, "Puts") == [0.0]
    assert series_of(option, "Calls since open") == [None]


def test_the_day_keeps_its_width_while_it_fills():
    grid = [OPENS + n * STEP for n in range(130)]
    points = (Point(OPENS, "sealed", 24_500.0, 0.8, 24_450, 230.0), Point(OPENS + STEP, "missing"))

    option = day_lines(chain(points=points), grid)

    assert len(option["xAxis"][0]["data"]) == 130
    assert series_of(option, "Spot")[:3] == [24_500.0, None, None]
    assert series_of(option, "Max pain")[0] == 24_450
    assert series_of(option, "PCR")[0] == 0.8
    assert series_of(option, "Straddle")[0] == 230.0


def test_a_value_between_two_holes_is_drawn_as_a_dot():
    points = (
        Point(OPENS, "sealed", 1.0),
        Point(OPENS + STEP, "missing"),
        Point(OPENS + 2 * STEP, "sealed", 2.0),
        Point(OPENS + 3 * STEP, "sealed", 2.0),
    )

    lonely = day_lines(chain(points=points), [])
    whole = day_lines(chain(points=points[2:]), [])

    assert [option["series"][0]["showSymbol"] for option in (lonely, whole)] == [True, False]


def test_without_a_chain_there_are_charts_without_values():
    assert series_of(profile(None), "Calls") == []
    assert series_of(day_lines(None, [OPENS]), "Spot") == [None]


def test_charts_are_json():
    assert json.loads(json.dumps([profile(chain()), day_lines(chain(), [OPENS])]))
