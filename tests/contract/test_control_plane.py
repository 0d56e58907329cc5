"""The simulator's own endpoints: faults, counts, time, environment and the instrument master."""

import gzip
import json

import pytest
import requests

from simulator.testing import CALL, NIFTY, Ports, Serving, moment, running_exchange


@pytest.fixture
def get(exchange):
    return lambda path, **options: requests.get(f"{exchange.rest_url}{path}", timeout=60, **options)


MASTER = "/OpenAPI_File/files/OpenAPIScripMaster.json"


def test_it_is_alive(get):
    assert get("/healthz").status_code == 200


def test_an_unknown_switch_is_refused_by_name_and_changes_nothing(exchange, get):
    reply = requests.post(
        f"{exchange.rest_url}/simulator/faults", json={"html_page": True, "html_pages": True}, timeout=20
    )

    assert reply.status_code == 400
    assert "html_pages" in reply.json()["error"]
    assert get("/simulator/faults").json()["html_page"] is False


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"latency_ms": "much"}, "latency_ms must be a number"),
        ({"html_page": 1}, "html_page must be true or false"),
        ({"master": "gone"}, "master must be null or truncated or 503"),
        ({"html_page": {"value": True, "for": 3}}, "unknown term for"),
        ({"html_page": {"value": True, "times": 0}}, "times must be a positive number"),
        ([], "must be an object"),
    ],
)
def test_a_wrong_switch_is_refused_with_what_is_wrong(exchange, wrong, named):
    reply = requests.post(f"{exchange.rest_url}/simulator/faults", json=wrong, timeout=20)

    assert reply.status_code == 400
    assert named in reply.json()["error"]


def test_all_faults_can_be_cleared_at_once(exchange, switch, get):
    switch(html_page=True, ws_snapshot=False)

    requests.delete(f"{exchange.rest_url}/simulator/faults", timeout=20)

    faults = get("/simulator/faults").json()
    assert (faults["html_page"], faults["ws_snapshot"]) == (False, True)


def test_the_clock_says_the_exchanges_own_time(get, clock):
    clock.set(moment(11, 11, 11))

    assert get("/simulator/clock").json() == {
        "now": "2026-11-18T11:11:11+05:30",
        "epoch": moment(11, 11, 11).timestamp(),
        "day": "2026-11-18",
    }


def test_the_environment_is_all_that_a_service_needs(get, exchange):
    environment = get("/simulator/env").json()

    assert environment == {
        "ANGEL_API_KEY": "simulated",
        "ANGEL_CLIENT_CODE": "S100001",
        "ANGEL_PIN": "1234",
        "ANGEL_TOTP_SECRET": exchange.account.totp_secret,
        "ANGEL_REST_URL": exchange.rest_url,
        "ANGEL_WS_URL": exchange.ws_url,
        "ANGEL_MASTER_URL": exchange.rest_url + MASTER,
        "CLOCK": "simulated",
        **{name: value for name, value in environment.items() if not name.startswith(("ANGEL_", "CLOCK"))},
    }
    assert environment["TELEGRAM_BASE_URL"] == f"{exchange.rest_url}/telegram/bot"


def test_the_environment_names_the_host_by_which_it_was_asked(get):
    environment = get("/simulator/env", headers={"Host": "simulator:8000"}).json()

    assert environment["ANGEL_REST_URL"].startswith("http://simulator:")
    assert environment["ANGEL_WS_URL"].startswith("ws://simulator:")


def test_an_advertised_host_wins_over_the_one_asked(market, clock):
    with running_exchange(market, clock, ports=Ports(advertised_host="market.example")) as running:
        environment = requests.get(f"{running.rest_url}/simulator/env", timeout=20).json()

    assert environment["ANGEL_MASTER_URL"].startswith("http://market.example:")


def test_latency_delays_an_answer(exchange, client, log_in, switch):
    switch(latency_ms={"value": 50, "endpoint": "getProfile"})

    assert log_in()["status"] is True
    assert exchange.exchange.tally.faults["latency_ms"] == 1


def full_quote(exchange, session):
    """Return a FULL quote request as it is sent, for a client that need not wait for its answer."""
    headers = {"Authorization": f"Bearer {session.access_token}", **session.requestHeaders()}
    url = f"{exchange.rest_url}/rest/secure/angelbroking/market/v1/quote"
    body = {"mode": "FULL", "exchangeTokens": {"NFO": [CALL.token]}}
    return lambda **options: requests.post(url, json=body, headers=headers, **options)


def test_an_answer_counts_for_its_chain_only_if_somebody_still_waits_for_it(exchange, session, switch, stats):
    ask = full_quote(exchange, session)
    assert ask(timeout=20).json()["status"] is True

    switch(latency_ms={"value": 300, "times": 1})
    with pytest.raises(requests.Timeout):
        ask(timeout=0.05)
    switch(latency_ms={"value": 400, "times": 1})
    assert ask(timeout=20).json()["status"] is True  # by now the answer before is ready, too

    counts = stats()
    assert counts["chains_asked"] == {"NIFTY 2026-11-24": 3}
    assert counts["chains_answered"] == {"NIFTY 2026-11-24": 2}


def test_the_master_is_one_array_of_flat_objects_with_eleven_keys(get):
    rows = get(MASTER).json()

    call = next(row for row in rows if row["token"] == CALL.token)
    assert call == {
        "token": "43521",
        "symbol": "NIFTY24NOV2624500CE",
        "name": "NIFTY",
        "expiry": "24NOV2026",
        "strike": "2450000.000000",
        "lotsize": "75",
        "instrumenttype": "OPTIDX",
        "exch_seg": "NFO",
        "tick_size": "5.000000",
        "freeze_qty": "0",
        "is_cas_enabled": False,
    }
    assert {len(row) for row in rows} == {11}
    index = next(row for row in rows if row["token"] == NIFTY.token)
    assert (index["instrumenttype"], index["strike"], index["expiry"]) == ("AMXIDX", "0.000000", "")


def test_the_master_is_packed_only_for_those_who_can_unpack_it(get):
    packed = get(MASTER, headers={"Accept-Encoding": "gzip"}, stream=True)
    plain = get(MASTER, headers={"Accept-Encoding": "identity"})

    assert json.loads(gzip.decompress(packed.raw.read())) == plain.json()
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("serving", [Serving(master_filler=100_000)])
def test_the_master_is_as_long_as_a_real_one_when_filled(get):
    rows = get(MASTER).json()

    assert len(rows) > 100_000
    assert len({(row["exch_seg"], row["token"]) for row in rows}) == len(rows)


def test_the_master_can_be_null_truncated_or_away(get, switch):
    switch(master={"value": "null", "times": 1})
    assert get(MASTER).json() is None

    switch(master={"value": "truncated", "times": 1})
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        get(MASTER).json()

    switch(master={"value": "503", "times": 1})
    assert get(MASTER).status_code == 503

    assert get(MASTER).status_code == 200


@pytest.mark.parametrize("serving", [Serving(faults={"master": "null"})])
def test_faults_can_be_in_force_from_the_start(get):
    assert get(MASTER).json() is None


def test_a_path_nobody_knows_is_an_html_page(get):
    reply = get("/rest/secure/angelbroking/user/v2/getProfile")

    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_a_quote_path_may_end_with_a_slash_and_needs_the_brokers_headers(exchange):
    reply = requests.post(
        f"{exchange.rest_url}/rest/secure/angelbroking/market/v1/quote/", json={}, timeout=20
    )

    assert reply.json()["message"] == "missing header X-UserType"
