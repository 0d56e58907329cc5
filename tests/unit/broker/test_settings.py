import pytest

from oi_common.broker.settings import BrokerSettings
from oi_common.broker.totp import Totp
from oi_common.errors import Misconfigured

ACCOUNT = {
    "ANGEL_API_KEY": "a-key",
    "ANGEL_CLIENT_CODE": "A1",
    "ANGEL_PIN": "4321",
    "ANGEL_TOTP_SECRET": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
}


@pytest.fixture
def account(monkeypatch):
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("missing", ACCOUNT)
def test_a_missing_credential_is_named_in_one_line(account, missing):
    account.delenv(missing)

    with pytest.raises(Misconfigured) as refused:
        BrokerSettings.load()

    assert f"{missing} is not set" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_secret_may_come_from_a_file(account, tmp_path):
    account.delenv("ANGEL_PIN")
    (tmp_path / "pin").write_text("9876\n")
    account.setenv("ANGEL_PIN_FILE", str(tmp_path / "pin"))

    settings = BrokerSettings.load()

    assert settings.angel_pin.get_secret_value() == "9876"
    assert "9876" not in repr(settings)


@pytest.mark.parametrize("seconds", ["1", "10", "20", "36", "45", "60", "90", "180"])
def test_an_interval_that_fills_a_bucket_evenly_is_taken(account, seconds):
    account.setenv("POLL_SECONDS", seconds)

    settings = BrokerSettings.load()

    assert settings.poll_seconds == int(seconds)


@pytest.mark.parametrize("seconds", ["7", "25", "120", "0", "-20"])
def test_an_interval_that_does_not_is_refused_by_name(account, seconds):
    account.setenv("POLL_SECONDS", seconds)

    with pytest.raises(Misconfigured, match="POLL_SECONDS"):
        BrokerSettings.load()


def test_the_defaults_are_the_live_broker(account):
    settings = BrokerSettings.load()

    assert settings.angel_rest_url == "https://apiconnect.angelone.in"
    assert settings.angel_ws_url == "wss://smartapisocket.angelone.in/smart-stream"
    assert (settings.feed_segment, settings.strikes_around, settings.expiries) == ("NFO", 20, 2)


@pytest.mark.parametrize("secret", ["", "not base32!", "01890189"])
def test_what_is_no_totp_secret_is_refused_without_showing_it(account, secret):
    account.setenv("ANGEL_TOTP_SECRET", secret)

    with pytest.raises(Misconfigured, match="ANGEL_TOTP_SECRET") as refused:
        BrokerSettings.load()

    assert not secret or secret not in str(refused.value)


@pytest.mark.parametrize("secret", ["JBSWY3DPEHPK3PXP", "jbsw y3dp ehpk 3pxp"])
def test_a_code_comes_from_a_secret_of_any_length_as_people_copy_it(secret):
    # RFC 6238 with this widely used example secret: oathtool --totp -b JBSWY3DPEHPK3PXP -N @0
    assert Totp(secret).at(0) == "282760"
