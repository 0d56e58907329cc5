"""What a demo's processes are told."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from oi_cli.demo.plan import (
    Plan,
    Site,
    end_before,
    inherited,
    service_environment,
    simulator_environment,
)
from oi_common.market.buckets import IST

DAY = date(2026, 11, 18)
HEALTH = {"simulator": 4, "ingest-ws": 5, "poller": 6, "bucketer": 7, "paper-trader": 8, "dashboard": 9}
SITE = Site(Path("/tmp/demo"), 1, 2, 3, HEALTH, page_port=10)
PLAN = Plan(indices=("NIFTY", "BANKNIFTY"), speed="60", seed=7, day=DAY)


def test_a_service_is_told_where_everything_is():
    environment = service_environment("poller", PLAN, SITE)

    assert environment["REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert environment["DATABASE_URL"] == "sqlite:////tmp/demo/oi.db"
    assert environment["INSTANCE"] == "poller-1"
    assert environment["CLOCK"] == "simulated"
    assert environment["HEALTH_PORT"] == "6"
    assert environment["INDICES"] == "NIFTY,BANKNIFTY"


def test_the_live_page_is_served_to_this_machine_alone_at_a_port_of_its_own():
    environment = service_environment("dashboard", PLAN, SITE)

    assert (environment["DASHBOARD_HOST"], environment["DASHBOARD_PORT"]) == ("127.0.0.1", "10")
    assert SITE.page_url == "http://127.0.0.1:10/"
    assert "DASHBOARD_PORT" not in service_environment("poller", PLAN, SITE)


def test_the_exchange_begins_before_the_open_and_is_held_there():
    environment = simulator_environment(PLAN, SITE)

    assert (environment["SIM_DAY"], environment["SIM_START"]) == ("2026-11-18", "09:14:00")
    assert (environment["SIM_SPEED"], environment["SIM_SEED"]) == ("60", "7")
    assert PLAN.held_at == datetime(2026, 11, 18, 9, 14, 58, tzinfo=IST)


def test_the_exchange_is_told_what_to_make_the_market_do():
    calm, planted = PLAN, replace(PLAN, scenario="wall_break")

    assert simulator_environment(calm, SITE)["SIM_SCENARIO"] == "calm"
    assert simulator_environment(planted, SITE)["SIM_SCENARIO"] == "wall_break"


def test_the_services_are_told_the_segment_and_what_is_watched_in_it():
    exchange = service_environment("poller", replace(PLAN, segment="BFO", indices=("SENSEX",)), SITE)
    commodity = service_environment("poller", replace(PLAN, segment="MCX", indices=("SILVERMIC",)), SITE)

    assert (exchange["FEED_SEGMENT"], exchange["INDICES"]) == ("BFO", "SENSEX")
    assert (commodity["FEED_SEGMENT"], commodity["MCX_NAME"]) == ("MCX", "SILVERMIC")
    assert "INDICES" not in commodity


def test_an_evening_of_commodities_begins_before_its_own_open():
    plan = replace(PLAN, segment="MCX", indices=("SILVERMIC",), day=date(2026, 11, 24))

    assert plan.held_at == datetime(2026, 11, 24, 16, 59, 58, tzinfo=IST)
    assert simulator_environment(plan, SITE)["SIM_START"] == "16:59:00"


def test_a_recording_brings_its_own_day():
    plan = Plan(indices=("NIFTY",), speed="max", seed=1, recording=Path("/x.csv"), lot=75)

    environment = simulator_environment(plan, SITE)

    assert (environment["SIM_RECORDING"], environment["SIM_LOT"]) == ("/x.csv", "75")
    assert environment["SIM_RECORDING_NAME"] == "NIFTY"
    assert "SIM_DAY" not in environment
    assert plan.held_at is None


def test_time_ends_just_before_the_minute_so_that_no_poll_is_half_done():
    end = end_before(time(9, 45))

    assert end == time(9, 44, 59)
    plan = Plan(indices=("NIFTY",), speed="60", seed=1, day=DAY, until=end, lasts=timedelta(seconds=1))
    assert simulator_environment(plan, SITE)["SIM_END"] == "09:44:59"


def test_a_persons_own_accounts_are_not_inherited():
    own = {
        "ANGEL_PIN": "1",
        "DASHBOARD_TOKEN_FILE": "z",
        "REDIS_URL": "x",
        "DATABASE_URL_FILE": "y",
        "PATH": "/bin",
        "POLL_SECONDS": "10",
    }

    assert inherited(own) == {"PATH": "/bin", "POLL_SECONDS": "10"}
