import json
from datetime import date

import pytest

from oi_common.broker.master import MasterRules, parsed
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.chain import Contract
from support.masters import LEGACY_NIFTY, NIFTY, VIX, chain, index, master, row

FEW = MasterRules(least_rows=3)
SENSEX = index("99919000", "SENSEX", "SENSEX", exchange="BSE")


def bfo(token, symbol, name, expiry, strike=0.0, kind="OPTIDX"):
    return row(token, symbol, name, kind=kind, exchange="BFO", expiry=expiry, strike=strike)


def test_weekly_and_monthly_bfo_contracts_are_told_by_their_fields():
    rows = [
        SENSEX,
        bfo("1", "SENSEX26O0884600PE", "SENSEX", "08OCT2026", 84600),
        bfo("2", "SENSEX26SEP85000CE", "SENSEX", "24SEP2026", 85000),
    ]

    found = parsed(master(*rows), ("SENSEX",), FEW)

    assert found.chain("SENSEX", date(2026, 10, 8))[Contract(84600, "PE")].token == "1"
    assert found.chain("SENSEX", date(2026, 9, 24))[Contract(85000, "CE")].token == "2"


@pytest.mark.parametrize(
    ("symbol", "expiry", "strike"),
    [
        ("SENSEX26O0884600PE", "08OCT2026", 84600),
        ("SENSEX2610884600PE", "08JAN2026", 84600),
        ("SENSEX26SEP85000CE", "24SEP2026", 85000),
    ],
)
def test_a_blank_bfo_name_is_recovered_from_the_symbol(symbol, expiry, strike):
    rows = [
        SENSEX,
        bfo("1", symbol, "", expiry, strike),
        bfo("2", "360ONE26NOV1260CE", "", "26NOV2026", 1260),
    ]

    found = parsed(master(*rows), ("SENSEX",), FEW)

    assert found.by_token["BFO", "1"].name == "SENSEX"
    assert ("BFO", "2") not in found.by_token


def test_a_blank_name_is_not_recovered_from_a_symbol_that_belies_the_row():
    rows = [
        SENSEX,
        bfo("1", "SENSEX26SEP85000CE", "SENSEX", "24SEP2026", 85000),
        bfo("2", "SENSEX26SEP85100CE", "", "24SEP2026", 5100),
        bfo("3", "SENSEX26SEP85100CE", "", "29OCT2026", 85100),
    ]

    found = parsed(master(*rows), ("SENSEX",), FEW)

    assert {token for exchange, token in found.by_token if exchange == "BFO"} == {"1"}


def test_a_blank_name_of_a_future_is_recovered_too():
    rows = [
        SENSEX,
        bfo("1", "SENSEX26SEP85000CE", "SENSEX", "24SEP2026", 85000),
        bfo("2", "SENSEX26SEPFUT", "", "24SEP2026", kind="FUTIDX"),
    ]

    assert parsed(master(*rows), ("SENSEX",), FEW).future("SENSEX", date(2026, 9, 1)).token == "2"


def test_rows_that_are_no_contract_we_can_name_are_left_out():
    odd = [
        row("1", "NIFTY11AUG2624525.5CE", strike=24525.5),
        row("2", "NIFTYCE", expiry="", strike=24500),
        row("3", "NIFTY11AUG2624500XX", strike=24500),
        row("4", "NIFTY11AUG26CE", expiry="soon", strike=24500),
        row("5", "SENSEX26O0884600CE", "SENSEX", exchange="BFO", strike=84600),
        row("6", "NIFTY11AUG2624500CE", exchange="BFO", strike=24500),
        row("7", "NIFTY11AUG2624550CE", strike=24550, lot="many"),
        row("8", "NIFTY26AUG24600CE", kind="OPTCUR", exchange="CDS", strike=2460000000),
    ]

    found = parsed(master(*odd), ("NIFTY",), FEW)

    assert not {each["token"] for each in odd} & {token for _, token in found.by_token}


def test_rows_are_read_however_the_file_is_spaced():
    rows = json.loads(master(VIX))

    sizes = {
        len(parsed(text.encode(), ("NIFTY",), FEW))
        for text in (json.dumps(rows), json.dumps(rows, separators=(",", ":")), json.dumps(rows, indent=1))
    }

    assert sizes == {34}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"null", "is no list of instruments .*got `null`"),
        (b"", "is no list of instruments .*truncated"),
        (b"{}", "is no list of instruments .*got `object`"),
        (b'["a","b","c"]', "is no list of instruments .*got `str`"),
        (b"<html></html>", "is no list of instruments .*malformed"),
        (master()[:-500], "is no list of instruments .*truncated"),
        (master() + b"]", "is no list of instruments .*malformed"),
        (master().replace(b'"24500CE11AUG2026"', b"24500"), "is no list of instruments .*got `int`.*token"),
        (master().replace(b"tick_size", b"ticksize"), "is no list of instruments .*`tick_size`"),
        (b"[]", "has 0 rows, at least 3 were expected"),
        (json.dumps([NIFTY, NIFTY, LEGACY_NIFTY]).encode(), "has no OPTIDX row"),
        (json.dumps(chain()).encode(), "has no AMXIDX row"),
    ],
)
def test_a_master_that_cannot_be_believed_is_refused_with_the_reason(body, why):
    with pytest.raises(Unavailable, match=f"instrument master: {why}"):
        parsed(body, ("NIFTY",), FEW)


def test_a_name_that_is_not_listed_is_refused_with_the_nearest_that_are():
    listed = [
        row(name, f"{name}28AUG26100CE", name, kind="OPTFUT", exchange="MCX", strike=100)
        for name in ("GOLD", "GOLDM", "SILVERMIC", "COPPER")
    ]
    says = r"no options of GOLDMIC; the nearest names are GOLDM, GOLD, SILVERMIC$"

    with pytest.raises(Misconfigured, match=says):
        parsed(master(*listed), ("NIFTY", "GOLDMIC"), FEW)


def test_a_commodity_without_futures_is_refused_with_the_nearest_that_have_some():
    futures = [
        row(name, f"{name}28AUG26FUT", name, kind="FUTCOM", exchange="MCX")
        for name in ("GOLD", "GOLDM", "CRUDEOIL")
    ]
    says = r"^MCX_NAME: .*no futures of GOLDTEN; the nearest names are GOLD, GOLDM$"

    with pytest.raises(Misconfigured, match=says):
        parsed(master(*futures), ("GOLDTEN",), FEW)
    assert parsed(master(*futures), ("GOLDM",), FEW).future("GOLDM", date(2026, 8, 1)).token == "GOLDM"


def test_a_share_needs_options_only_where_chains_are_followed():
    share = row("10710", "TINYCO-EQ", "TINYCO", kind="", exchange="NSE", expiry="")

    with pytest.raises(Misconfigured, match=r"INDICES: .*no options of TINYCO"):
        parsed(master(share), ("TINYCO",), FEW)
    assert parsed(master(share), ("TINYCO",), FEW, needs_options=False).spot("TINYCO").token == "10710"
    with pytest.raises(Misconfigured, match=r"INDICES: .*no share row for OTHER"):
        parsed(master(share), ("OTHER",), FEW, needs_options=False)


def test_a_name_that_is_like_nothing_listed_is_refused():
    with pytest.raises(Misconfigured, match="no options of ZZZ, nor any like it"):
        parsed(master(), ("ZZZ",), FEW)


def test_an_index_without_its_own_row_is_refused():
    rows = [index("99926009", "Nifty Bank", "BANKNIFTY"), *chain()]

    with pytest.raises(Misconfigured, match="no index row for NIFTY"):
        parsed(json.dumps(rows).encode(), ("NIFTY",), FEW)
