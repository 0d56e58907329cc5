"""The simulated exchange's instrument master, as our own services read it."""

from datetime import date

import pytest

from oi_common.broker.master import MasterRules, parsed
from oi_common.market.underlyings import INDICES
from simulator.core.master import document
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import UNDERLYINGS

DAY = date(2026, 10, 6)
NAMES = tuple(underlying.name for underlying in UNDERLYINGS)


@pytest.fixture(scope="module")
def market():
    return ModelMarket(DAY, seed=7)


@pytest.fixture(scope="module")
def instruments(market):
    return parsed(document(market.instruments()), NAMES, MasterRules(least_rows=1_000))


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_is_read_as_it_is_listed(market, instruments, name):
    listed = {
        (row.exchange, row.token, row.expiry, row.strike, row.option_type, row.lot_size, row.tick_size)
        for row in market.instruments()
        if row.name == name and row.expiry is not None
    }

    read = {
        (row.exchange, row.token, row.expiry, row.strike, row.side, row.lot_size, row.tick_size)
        for row in instruments.of(name)
    }

    assert len(read) > 300
    assert read == listed


@pytest.mark.parametrize("name", [name for name in NAMES if name in INDICES])
def test_every_index_has_its_own_row(instruments, name):
    assert instruments.spot(name).token == INDICES[name].spot_token


@pytest.mark.parametrize("name", [each.name for each in UNDERLYINGS if each.is_share])
def test_every_shares_option_is_priced_by_the_share(instruments, name):
    [*expiries] = instruments.expiries(name, DAY)

    assert len(expiries) == 3
    for expiry in expiries:
        priced_by = {instruments.priced_by(option) for option in instruments.chain(name, expiry).values()}
        assert {(share.symbol, share.kind) for share in priced_by} == {(f"{name}-EQ", "")}


@pytest.mark.parametrize("name", [each.name for each in UNDERLYINGS if each.is_commodity])
def test_every_commoditys_option_is_priced_by_a_future_that_outlives_it(instruments, name):
    for expiry in instruments.expiries(name, DAY):
        for option in instruments.chain(name, expiry).values():
            future = instruments.priced_by(option)
            assert future is not None
            assert (future.name, future.kind) == (name, "FUTCOM")
            assert future.expiry >= expiry
