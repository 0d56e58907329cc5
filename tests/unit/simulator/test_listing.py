"""The master's rows are spelled and numbered as a client will find them."""

from collections import Counter
from datetime import date

import pytest

from simulator.core.expiries import Expiry
from simulator.core.listing import future_row, option_row, option_symbol
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import BY_NAME


@pytest.fixture(scope="module")
def rows():
    return ModelMarket(date(2026, 11, 20), 7).instruments()


def expiry(day, *, monthly=False):
    return Expiry(day, is_monthly=monthly, future_day=day)


@pytest.mark.parametrize(
    ("name", "exchange", "when", "tail", "symbol"),
    [
        ("NIFTY", "NFO", expiry(date(2024, 11, 28)), "24000CE", "NIFTY28NOV2424000CE"),
        ("SENSEX", "BFO", expiry(date(2026, 10, 8)), "84600PE", "SENSEX26O0884600PE"),
        ("SENSEX", "BFO", expiry(date(2026, 9, 24), monthly=True), "85000CE", "SENSEX26SEP85000CE"),
        ("CRUDEOILM", "MCX", expiry(date(2026, 10, 15)), "7550CE", "CRUDEOILM15OCT267550CE"),
    ],
)
def test_symbols_are_spelled_as_in_the_real_master(name, exchange, when, tail, symbol):
    assert option_symbol(name, exchange, when, tail) == symbol


def test_futures_are_spelled_as_in_the_real_master():
    assert future_row(BY_NAME["NIFTY"], date(2026, 10, 27)).symbol == "NIFTY27OCT26FUT"
    assert future_row(BY_NAME["CRUDEOILM"], date(2026, 10, 19)).symbol == "CRUDEOILM19OCT26FUT"


def test_tokens_are_unique_within_their_exchange(rows):
    counted = Counter((row.exchange, row.token) for row in rows)

    assert counted.most_common(1)[0][1] == 1
    assert all(row.token.isdecimal() for row in rows)


def test_a_contract_keeps_its_token_from_day_to_day(rows):
    tomorrow = ModelMarket(date(2026, 11, 23), 99).instruments()
    today = {row.symbol: row.token for row in rows}

    shared = [row for row in tomorrow if row.symbol in today]

    assert len(shared) > 3_000
    assert all(today[row.symbol] == row.token for row in shared)


def test_the_indices_have_their_real_tokens(rows):
    found = {(row.exchange, row.token): row.name for row in rows if row.kind == "AMXIDX"}

    assert found[("NSE", "99926000")] == "NIFTY"
    assert found[("NSE", "99926009")] == "BANKNIFTY"
    assert found[("NSE", "99926037")] == "FINNIFTY"
    assert found[("NSE", "99926074")] == "MIDCPNIFTY"
    assert found[("NSE", "99926017")] == "INDIA VIX"
    assert found[("BSE", "99919000")] == "SENSEX"


def test_the_rows_that_trap_careless_readers_are_there(rows):
    assert any(row.lot_size == -1 and not row.kind and row.exchange == "NSE" for row in rows)
    assert any(row.exchange == "BFO" and not row.name for row in rows)
    assert {row.kind for row in rows if row.exchange == "MCX"} == {"COMDTY", "FUTCOM", "OPTFUT"}
    assert any(row.exchange == "NSE" and row.symbol.endswith("-EQ") for row in rows)


def test_at_least_four_nifty_expiries_are_listed_with_wide_strikes(rows):
    nifty = [row for row in rows if row.name == "NIFTY" and row.kind == "OPTIDX"]

    assert len({row.expiry for row in nifty}) >= 4
    assert len({row.strike for row in nifty}) == 121
    assert {row.lot_size for row in nifty} == {65}


def test_every_derivative_says_what_it_is(rows):
    for row in rows:
        assert (row.option_type is None) == (row.strike is None) == (not row.kind.startswith("OPT"))
        assert (row.expiry is None) == (row.kind in {"", "AMXIDX", "COMDTY"})


def test_an_option_row_carries_its_contracts_lot():
    row = option_row(BY_NAME["NIFTY"], expiry(date(2025, 12, 30)), 25_000.0, 1)

    assert (row.lot_size, row.option_type, row.strike) == (75, "PE", 25_000.0)
