from datetime import date, datetime

import pytest

from oi_common.errors import Misconfigured
from oi_common.market.buckets import IST
from simulator.adapters.markets import open_market
from simulator.core.accounts import Account
from simulator.settings import DEFAULT_DAY, Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    monkeypatch.delenv("SIMULATOR_URL", raising=False)


def load(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def test_by_default_the_day_is_an_ordinary_one_from_just_before_its_open_to_after_its_close(monkeypatch):
    settings = load(monkeypatch)

    assert settings.begins_at(DEFAULT_DAY) == datetime(2026, 11, 18, 9, 14, 30, tzinfo=IST)
    assert settings.ends_at(DEFAULT_DAY) == datetime(2026, 11, 18, 15, 50, tzinfo=IST)
    assert settings.account == Account()


@pytest.mark.parametrize(("written", "speed"), [("60", 60.0), ("0", 0.0), ("max", 0.0), (" MAX ", 0.0)])
def test_the_speed_is_a_number_or_max(monkeypatch, written, speed):
    assert load(monkeypatch, SIM_SPEED=written).sim_speed == speed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIM_SPEED", "fast"),
        ("SIM_SPEED", "-1"),
        ("SIM_DAY", "soon"),
        ("SIM_FAULTS", "{"),
        ("SIM_FAULTS", '{"nonsense": true}'),
        ("SIM_REST_PORT", "70000"),
        ("SIM_PACERS", "-1"),
        ("SIM_LOT", "0"),
        ("SIM_SCENARIO", "crash"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch, name, value):
    with pytest.raises(Misconfigured, match=name):
        load(monkeypatch, **{name: value})


def test_start_and_end_can_be_set(monkeypatch):
    settings = load(monkeypatch, SIM_START="10:30", SIM_END="11:00:30")

    assert settings.begins_at(DEFAULT_DAY) == datetime(2026, 11, 18, 10, 30, tzinfo=IST)
    assert settings.ends_at(DEFAULT_DAY) == datetime(2026, 11, 18, 11, 0, 30, tzinfo=IST)


def test_commodities_have_their_own_hours(monkeypatch):
    settings = load(monkeypatch, FEED_SEGMENT="MCX")

    assert settings.begins_at(DEFAULT_DAY).hour == 8
    assert settings.ends_at(DEFAULT_DAY).date() == date(2026, 11, 19)


def test_faults_are_read_as_json(monkeypatch):
    assert load(monkeypatch, SIM_FAULTS='{"latency_ms": 20}').sim_faults == {"latency_ms": 20}


def test_a_model_market_has_the_indices_asked_for(monkeypatch):
    opened = open_market(load(monkeypatch, INDICES="NIFTY"))

    names = {each.name for each in opened.market.instruments() if each.kind == "OPTIDX"}
    assert names == {"NIFTY"}
    assert opened.market.day == DEFAULT_DAY


def test_shares_have_chains_where_options_are_watched_and_none_where_ticks_alone_are(monkeypatch):
    with_chains = open_market(load(monkeypatch, INDICES="RELIANCE,NIFTY"))
    alone = open_market(load(monkeypatch, INDICES="RELIANCE,NIFTY", FEED_SEGMENT="NSE"))

    def kinds(opened):
        return {row.kind for row in opened.market.instruments() if row.name == "RELIANCE"}

    assert kinds(with_chains) == {"", "FUTSTK", "OPTSTK"}
    assert kinds(alone) == {""}


def test_the_market_does_what_the_scenario_says(monkeypatch):
    calm, planted = (open_market(load(monkeypatch, SIM_SCENARIO=name)) for name in ("calm", "gap_up"))
    opens = datetime(2026, 11, 18, 9, 15, tzinfo=IST)

    was, now = (each.market.quote("NSE", "99926000", opens) for each in (calm, planted))

    assert now.close == was.close
    assert now.ltp > was.ltp + 100


def test_a_recording_is_not_made_to_do_anything(monkeypatch, tmp_path):
    with pytest.raises(Misconfigured, match="SIM_SCENARIO"):
        open_market(load(monkeypatch, SIM_RECORDING=str(tmp_path / "day.csv"), SIM_SCENARIO="range"))


def test_a_closed_day_is_refused(monkeypatch):
    with pytest.raises(Misconfigured, match="SIM_DAY"):
        open_market(load(monkeypatch, SIM_DAY="2026-11-22"))


def test_a_recording_that_is_not_there_is_refused(monkeypatch, tmp_path):
    with pytest.raises(Misconfigured, match="SIM_RECORDING"):
        open_market(load(monkeypatch, SIM_RECORDING=str(tmp_path / "none.csv")))


RECORDING = """collected_at,symbol,expiry,strike,option_type,oi,ltp,spot
2026-11-18 09:20:05,NIFTY,2026-11-24,24500,CE,75000,100.5,24510
2026-11-18 09:20:05,NIFTY,2026-11-24,24500,PE,150000,90.5,24510
2026-11-18 14:00:05,NIFTY,2026-11-24,24500,CE,76500,101.5,24520
"""


def test_a_recording_begins_at_its_first_moment(monkeypatch, tmp_path):
    file = tmp_path / "day.csv"
    file.write_text(RECORDING)

    opened = open_market(load(monkeypatch, SIM_RECORDING=str(file), SIM_LOT="75"))

    assert opened.begins_at == datetime(2026, 11, 18, 9, 20, 5, tzinfo=IST)
    assert opened.ends_at == datetime(2026, 11, 18, 15, 50, tzinfo=IST)
    assert opened.market.day == date(2026, 11, 18)
