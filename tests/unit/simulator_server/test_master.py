import json

import pytest

from simulator.core.market import Instrument
from simulator.core.master import document, row
from simulator.testing import CALL, FUTURE, NIFTY, SBIN, FixedMarket


@pytest.mark.parametrize(
    ("instrument", "strike", "expiry"),
    [
        (CALL, "2450000.000000", "24NOV2026"),
        (FUTURE, "-1.000000", "24NOV2026"),
        (NIFTY, "0.000000", ""),
        (SBIN, "-1.000000", ""),
    ],
)
def test_strikes_are_times_a_hundred_and_what_has_none_is_marked(instrument, strike, expiry):
    written = row(instrument)

    assert (written["strike"], written["expiry"]) == (strike, expiry)


def test_tick_sizes_are_in_paise():
    assert row(CALL)["tick_size"] == "5.000000"


def test_everything_is_a_string_but_one_flag():
    kinds = {name: type(value) for name, value in row(CALL).items()}

    assert kinds.pop("is_cas_enabled") is bool
    assert set(kinds.values()) == {str}
    assert len(kinds) == 10


def written(instruments, filler=0):
    return json.loads(document(instruments, filler))


def test_rows_that_trip_a_careless_reader_are_there():
    rows = written(FixedMarket().instruments())

    assert any(each["lotsize"] == "-1" and not each["instrumenttype"] for each in rows)
    assert any(each["exch_seg"] == "BFO" and not each["name"] for each in rows)
    assert {"BANKEX26O0856900PE", "BANKEX26SEP56900PE", "IEX27OCT26117.5CE"} <= {
        each["symbol"] for each in rows
    }
    assert {"OPTFUT", "COMDTY", "FUTCOM"} <= {each["instrumenttype"] for each in rows}
    assert any(each["exch_seg"] == "MCX" and each["instrumenttype"] == "AMXIDX" for each in rows)
    assert {each["strike"] for each in rows if each["exch_seg"] == "CDS"} == {"845000000.000000"}


def test_oddities_give_way_to_the_markets_own_contracts():
    own = Instrument("MCX", "565000", "CRUDEOILM", "CRUDEOILM", "COMDTY", 10, 1.0)

    rows = [each for each in written([own]) if each["name"] == "CRUDEOILM"]

    assert rows == [row(own)]


def test_filler_makes_it_longer_and_touches_no_real_name():
    instruments = FixedMarket().instruments()
    plain, filled = written(instruments), written(instruments, 500)

    assert len(filled) == len(plain) + 500
    assert filled[: len(plain)] == plain
    assert "NIFTY" not in {each["name"] for each in filled[len(plain) :]}
