"""What an entry says, read with little work."""

import pytest

from ai_minimal.core.ticks import tick_of
from support.ai_minimal import entry_of, option, spot


def test_an_entry_is_read_as_the_tick_it_is():
    tick = option(24500, "PE", 101.5, oi=1200)

    assert tick_of(entry_of(tick)) == tick
    assert tick_of(entry_of(spot())) == spot()


@pytest.mark.parametrize(
    "wrong",
    [
        {"ltp": "nan"}, {"ltp": "0"}, {"ltp": "-3"}, {"ltp": ""}, {"exchange_time": "noon"}, {"strike": "x"}, {"oi": "-1"},
        {"exchange_time": "2026-11-18T11:00:00"}, {"option_type": "XX"}, {"oi": "12.5"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_no_tick(wrong):
    assert tick_of({**entry_of(option()), **wrong}) is None


def test_what_lacks_its_price_is_no_tick():
    fields = entry_of(option())
    del fields["ltp"]

    assert tick_of(fields) is None
