import gzip
import json
import threading
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from oi_common.broker.instruments import MasterRules, load_instruments, parsed
from oi_common.broker.settings import BrokerSettings
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract

MORNING = datetime(2026, 8, 6, 8, 45, tzinfo=IST)
FEW = MasterRules(least_rows=3)


class Standing:
    """A clock that stands still."""

    def __init__(self, at=MORNING):
        self.at = at

    def now(self):
        return self.at


def row(
    token, symbol, name="NIFTY", *, kind="OPTIDX", exchange="NFO", expiry="11AUG2026", strike=0.0, lot="65"
):
    return {
        "token": token,
        "symbol": symbol,
        "name": name,
        "expiry": expiry,
        "strike": f"{strike * 100:.6f}",
        "lotsize": lot,
        "instrumenttype": kind,
        "exch_seg": exchange,
        "tick_size": "5.000000",
        "freeze_qty": "0",
        "is_cas_enabled": False,
    }


INDEX = row("99926000", "Nifty 50", kind="AMXIDX", exchange="NSE", expiry="", lot="1")
LEGACY_INDEX = row("26000", "NIFTY", kind="", exchange="NSE", expiry="", lot="-1")
FUTURES = [
    row("9002", "NIFTY29SEP26FUT", kind="FUTIDX", expiry="29SEP2026", strike=-0.01),
    row("9001", "NIFTY25AUG26FUT", kind="FUTIDX", expiry="25AUG2026", strike=-0.01),
]


def chain(expiry="11AUG2026", strikes=(24400, 24450, 24500, 24550, 24600)):
    return [
        row(f"{strike}{side}{expiry}", f"NIFTY{expiry}{strike}{side}", expiry=expiry, strike=strike)
        for strike in strikes
        for side in ("CE", "PE")
    ]


OTHERS = json.dumps(
    [INDEX, INDEX, *(row(str(n), "X11AUG26100CE", "X", strike=100) for n in range(5))]
).encode()


def master(*more):
    rows = [INDEX, LEGACY_INDEX, *FUTURES, *chain(), *chain("18AUG2026"), *chain("06AUG2026"), *more]
    return json.dumps(rows).encode()


@pytest.fixture
def instruments():
    return parsed(master(), ("NIFTY",), FEW)


@pytest.fixture
def served():
    """(settings-maker's URL, the reply to give): a server of one file."""
    reply = {"status": 200, "body": master()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            assert "gzip" in self.headers["Accept-Encoding"]
            body = gzip.compress(reply["body"])
            self.send_response(reply["status"])
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_facts):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/master.json", reply
        server.shutdown()


def settings(url, folder):
    return BrokerSettings(
        angel_api_key="k",
        angel_client_code="A1",
        angel_pin="4321",
        angel_totp_secret="JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
        angel_master_url=url,
        data_dir=folder,
        indices=("NIFTY",),
    )


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


def test_rows_that_are_no_contract_we_can_name_are_left_out():
    odd = [
        row("1", "NIFTY11AUG2624525.5CE", strike=24525.5),
        row("2", "NIFTYCE", expiry="", strike=24500),
        row("3", "NIFTY11AUG2624500XX", strike=24500),
        row("4", "NIFTY11AUG26CE", expiry="soon", strike=24500),
        row("5", "SENSEX26O0884600CE", "SENSEX", exchange="BFO", strike=84600),
        row("6", "NIFTY11AUG2624500CE", exchange="BFO", strike=24500),
    ]

    found = parsed(master(*odd), ("NIFTY",), FEW)

    assert not {each["token"] for each in odd} & {token for _, token in found.by_token}


def test_tokens_repeat_between_exchanges():
    found = parsed(master(row("9001", "SENSEX", "SENSEX", kind="AMXIDX", exchange="BSE")), ("NIFTY",), FEW)

    assert found.by_token["BSE", "9001"].name == "SENSEX"
    assert found.by_token["NFO", "9001"].name == "NIFTY"


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"",
        b"{}",
        b"[]",
        b"<html></html>",
        master()[:-500],
        json.dumps([INDEX, INDEX, INDEX]).encode(),
        json.dumps(chain()).encode(),
    ],
)
def test_a_master_that_cannot_be_believed_is_refused(body):
    with pytest.raises(Unavailable, match="instrument master"):
        parsed(body, ("NIFTY",), FEW)


def test_an_index_without_options_is_a_setting_to_change():
    with pytest.raises(Misconfigured, match="BANKNIFTY"):
        parsed(master(), ("NIFTY", "BANKNIFTY"), FEW)


async def test_a_good_master_is_kept_whole(served, tmp_path):
    url, reply = served

    await load_instruments(settings(url, tmp_path), Standing(), FEW)

    assert [file.name for file in tmp_path.iterdir()] == ["instruments.json"]
    assert (tmp_path / "instruments.json").read_bytes() == reply["body"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"null"), (200, master()[:-700]), (503, b"Service Unavailable"), (200, b"[]"), (200, OTHERS)],
)
async def test_the_last_good_master_serves_when_todays_is_not_to_be_had(served, tmp_path, status, body):
    url, reply = served
    await load_instruments(settings(url, tmp_path), Standing(), FEW)
    reply |= {"status": status, "body": body}

    found = await load_instruments(settings(url, tmp_path), Standing(MORNING + timedelta(days=1)), FEW)

    assert found.expiries("NIFTY", on=date(2026, 8, 7))
    assert (tmp_path / "instruments.json").read_bytes() == master()


async def test_without_any_good_master_it_is_unavailable(served, tmp_path):
    url, reply = served
    reply |= {"status": 503, "body": b""}

    with pytest.raises(Unavailable, match="no earlier copy"):
        await load_instruments(settings(url, tmp_path), Standing(), FEW)


async def test_a_server_that_is_away_is_unavailable(tmp_path, free_port):
    with pytest.raises(Unavailable, match="cannot be downloaded"):
        await load_instruments(settings(f"http://127.0.0.1:{free_port}/x", tmp_path), Standing(), FEW)
