import json
from datetime import date

import pytest

from oi_common.broker.master import MasterRules, parsed
from oi_common.errors import Misconfigured
from oi_common.market.chain import Contract
from support.masters import VIX, chain, index, master, row

FEW = MasterRules(least_rows=3)


def crude(token, symbol, expiry, kind="FUTCOM", strike=0.0):
    return row(token, symbol, "CRUDEOILM", kind=kind, exchange="MCX", expiry=expiry, strike=strike)


CRUDE = [
    index("565000", "CRUDEOILM", "CRUDEOILM", exchange="MCX", kind="COMDTY"),
    crude("1", "CRUDEOILM18NOV26FUT", "18NOV2026"),
    crude("2", "CRUDEOILM19OCT26FUT", "19OCT2026"),
    crude("3", "CRUDEOILM21SEP26FUT", "21SEP2026"),
    crude("4", "CRUDEOILM15OCT267550CE", "15OCT2026", "OPTFUT", 7550),
    crude("5", "CRUDEOILM15DEC267550CE", "15DEC2026", "OPTFUT", 7550),
]


def cash(token, symbol, name="RELIANCE", exchange="NSE"):
    return row(token, symbol, name, kind="", exchange=exchange, expiry="", strike=-0.01, lot="1")


RELIANCE = [
    cash("2886", "RELIANCE-BL"),
    cash("500325", "RELIANCE-EQ", exchange="BSE"),
    cash("2885", "RELIANCE-EQ"),
    row("61", "RELIANCE25AUG261480CE", "RELIANCE", kind="OPTSTK", expiry="25AUG2026", strike=1480),
    row("62", "RELIANCE25AUG26FUT", "RELIANCE", kind="FUTSTK", expiry="25AUG2026", strike=-0.01),
    row("63", "RELIANCE25AUG261482.5CE", "RELIANCE", kind="OPTSTK", expiry="25AUG2026", strike=1482.5),
]


@pytest.fixture
def instruments():
    return parsed(master(), ("NIFTY",), FEW)


def test_strikes_and_ticks_are_rupees(instruments):
    found = instruments.chain("NIFTY", date(2026, 8, 11))[Contract(24500, "CE")]

    assert (found.strike, found.tick_size, found.lot_size, found.side) == (24500, 0.05, 65, "CE")


def test_a_contract_trades_to_the_end_of_its_expiry_day(instruments):
    days = instruments.expiries("NIFTY", on=date(2026, 8, 6))

    assert days == (date(2026, 8, 6), date(2026, 8, 11), date(2026, 8, 18))
    assert instruments.expiries("NIFTY", on=date(2026, 8, 7)) == days[1:]


def test_the_spot_is_the_index_row_and_not_its_legacy_namesake(instruments):
    assert instruments.spot("NIFTY").token == "99926000"
    assert ("NSE", "26000") not in instruments.by_token


def test_an_index_is_found_by_its_name_whatever_token_it_has():
    moved = index("99926001", "Nifty 50", "NIFTY")
    taken = index("99926000", "Nifty 500", "NIFTY500")

    found = parsed(json.dumps([taken, moved, VIX, *chain()]).encode(), ("NIFTY",), FEW)

    assert found.spot("NIFTY").token == "99926001"


def test_india_vix_is_found_although_the_broker_writes_it_in_two_words():
    assert parsed(master(VIX), ("NIFTY",), FEW).spot("INDIAVIX").token == "99926017"


def test_around_takes_so_many_listed_strikes_to_either_side(instruments):
    near = instruments.around("NIFTY", date(2026, 8, 11), 24512.0, 1)

    assert sorted({contract.strike for contract in near}) == [24450, 24500, 24550]
    assert len(near) == 6


@pytest.mark.parametrize(("spot", "strikes"), [(20000.0, [24400, 24450]), (30000.0, [24550, 24600])])
def test_around_ends_where_the_listing_ends(instruments, spot, strikes):
    near = instruments.around("NIFTY", date(2026, 8, 11), spot, 1)

    assert sorted({contract.strike for contract in near}) == strikes


def test_the_future_is_the_nearest_that_still_trades(instruments):
    assert instruments.future("NIFTY", date(2026, 8, 25)).token == "9001"
    assert instruments.future("NIFTY", date(2026, 8, 26)).token == "9002"
    assert instruments.future("NIFTY", date(2026, 12, 1)) is None


def test_an_option_on_an_index_is_priced_by_the_index(instruments):
    option = instruments.chain("NIFTY", date(2026, 8, 11))[Contract(24500, "CE")]

    assert instruments.priced_by(option).token == "99926000"


def test_an_option_on_a_commodity_is_priced_by_the_future_it_is_delivered_into():
    found = parsed(master(*CRUDE), ("CRUDEOILM",), FEW)
    option = found.chain("CRUDEOILM", date(2026, 10, 15))[Contract(7550, "CE")]

    assert found.priced_by(option).symbol == "CRUDEOILM19OCT26FUT"


def test_an_option_after_the_last_listed_future_is_priced_by_nothing():
    found = parsed(master(*CRUDE), ("CRUDEOILM",), FEW)
    option = found.chain("CRUDEOILM", date(2026, 12, 15))[Contract(7550, "CE")]

    assert found.priced_by(option) is None


def test_the_candles_of_a_commodity_are_of_the_future_under_its_nearest_chain():
    found = parsed(master(*CRUDE), ("CRUDEOILM",), FEW)

    assert found.leading("CRUDEOILM", date(2026, 10, 15)).symbol == "CRUDEOILM19OCT26FUT"
    with pytest.raises(Misconfigured, match=r"MCX_NAME: .*no future of CRUDEOILM after 2026-12-15"):
        found.leading("CRUDEOILM", date(2026, 10, 16))


def test_a_commodity_without_options_is_led_by_its_nearest_future():
    found = parsed(master(*CRUDE[:4]), ("CRUDEOILM",), FEW)

    assert found.expiries("CRUDEOILM", date(2026, 9, 22)) == ()
    assert found.leading("CRUDEOILM", date(2026, 9, 22)).symbol == "CRUDEOILM19OCT26FUT"


def test_the_candles_of_an_index_are_its_own(instruments):
    assert instruments.leading("NIFTY", date(2026, 8, 11)).token == "99926000"


def test_a_shares_options_are_priced_by_the_share():
    found = parsed(master(*RELIANCE), ("NIFTY", "RELIANCE"), FEW)
    option = found.chain("RELIANCE", date(2026, 8, 25))[Contract(1480, "CE")]

    assert found.priced_by(option) == found.spot("RELIANCE")
    assert (found.spot("RELIANCE").token, found.spot("RELIANCE").exchange) == ("2885", "NSE")
    assert found.future("RELIANCE", date(2026, 8, 1)).token == "62"
    assert {row.token for row in found.of("RELIANCE")} == {"61", "62"}


def test_tokens_repeat_between_exchanges():
    found = parsed(master(index("9001", "India VIX", "INDIA VIX")), ("NIFTY",), FEW)

    assert found.by_token["NSE", "9001"].name == "INDIA VIX"
    assert found.by_token["NFO", "9001"].name == "NIFTY"


@pytest.mark.parametrize("order", [1, -1])
def test_a_recycled_token_is_the_contract_that_trades_longer_and_both_are_found(order):
    expired = row("7", "NIFTY06AUG26100CE", expiry="06AUG2026", strike=100)
    listed = row("7", "NIFTY25AUG26200CE", expiry="25AUG2026", strike=200)

    found = parsed(master(*[expired, listed][::order]), ("NIFTY",), FEW)

    assert found.by_token["NFO", "7"].strike == 200
    assert found.chain("NIFTY", date(2026, 8, 6))[Contract(100, "CE")].token == "7"
