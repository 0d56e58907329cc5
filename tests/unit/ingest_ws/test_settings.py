"""What ingest-ws is told, and what it refuses before it starts."""

import pytest

from ingest_ws.settings import Settings
from oi_common.errors import Misconfigured

ACCOUNT = {
    "ANGEL_API_KEY": "simulated",
    "ANGEL_CLIENT_CODE": "S100001",
    "ANGEL_PIN": "1234",
    "ANGEL_TOTP_SECRET": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
}


@pytest.fixture
def loaded(monkeypatch):
    def load(**variables):
        for name, value in (ACCOUNT | variables).items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load


def test_one_slot_does_by_default(loaded):
    assert loaded().slots() == {"slot-1": ("NIFTY", "BANKNIFTY", "INDIAVIX")}


def test_more_indices_than_a_socket_carries_take_another_slot(loaded):
    names = "NIFTY,BANKNIFTY,FINNIFTY,MIDCPNIFTY,NIFTYNXT50,SENSEX"

    slots = loaded(INDICES=names).slots()

    assert list(slots) == ["slot-1", "slot-2"]
    assert sorted(name for slot in slots.values() for name in slot) == sorted([*names.split(","), "INDIAVIX"])


def test_more_than_three_sockets_carry_is_refused_with_the_variables_to_change(loaded):
    with pytest.raises(Misconfigured, match="STRIKES_AROUND, EXPIRIES, INDICES: NIFTY needs up to 1646"):
        loaded(STRIKES_AROUND="200").slots()


def test_the_indices_alone_need_one_subscription_each(loaded):
    settings = loaded(FEED_SEGMENT="NSE", STRIKES_AROUND="200")

    assert settings.slots() == {"slot-1": ("NIFTY", "BANKNIFTY", "INDIAVIX")}
    assert not settings.has_chains


def test_of_mcx_the_commodity_is_fed_and_no_vix(loaded):
    assert loaded(FEED_SEGMENT="MCX", MCX_NAME="CRUDEOILM").slots() == {"slot-1": ("CRUDEOILM",)}


def test_a_missing_secret_is_named(monkeypatch):
    for name in ACCOUNT:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(Misconfigured, match="ANGEL_PIN is not set"):
        Settings.load()


def test_the_market_socket_is_encrypted_unless_it_is_a_simulators(loaded):
    with pytest.raises(Misconfigured, match="ANGEL_WS_URL: must begin with wss://"):
        loaded(ANGEL_WS_URL="ws://smartapisocket.angelone.in/smart-stream")

    assert loaded(ANGEL_WS_URL="ws://simulator:8001/smart-stream", CLOCK="simulated").angel_ws_url
