import pytest
from pydantic import SecretStr

from oi_common.errors import Misconfigured
from oi_common.logs import redacted
from oi_common.settings import ServiceSettings


class Example(ServiceSettings):
    angel_pin: SecretStr


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in (
        "REDIS_URL",
        "DATABASE_URL",
        "INDICES",
        "ANGEL_PIN",
        "ANGEL_PIN_FILE",
        "SIMULATOR_URL",
        "CLOCK",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANGEL_PIN", "48215-very-secret")
    return monkeypatch


def test_defaults_need_only_the_secrets():
    settings = Example.load()

    assert settings.indices == ("NIFTY", "BANKNIFTY")
    assert settings.redis_url == "redis://127.0.0.1:6379/0"


def test_a_missing_variable_is_named_in_one_line(environment):
    environment.delenv("ANGEL_PIN")

    with pytest.raises(Misconfigured, match=r"^ANGEL_PIN is not set \(see .env.example\)$"):
        Example.load()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("INDICES", "NIFTY,BANKNIFTI", "INDICES: BANKNIFTI is not an index we know"),
        ("CLOCK", "lunar", "CLOCK: "),
        ("HEALTH_PORT", "x", "HEALTH_PORT: "),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(environment, name, value, said):
    environment.setenv(name, value)

    with pytest.raises(Misconfigured, match=said):
        Example.load()


def test_a_secret_may_lie_in_a_file(environment, tmp_path):
    file = tmp_path / "pin"
    file.write_text("9731-from-file\n")
    environment.delenv("ANGEL_PIN")
    environment.setenv("ANGEL_PIN_FILE", str(file))

    assert Example.load().angel_pin.get_secret_value() == "9731-from-file"


def test_a_secret_file_that_is_not_there_is_named(environment):
    environment.setenv("ANGEL_PIN_FILE", "/nowhere/pin")

    with pytest.raises(Misconfigured, match="ANGEL_PIN_FILE: /nowhere/pin cannot be read"):
        Example.load()


def test_the_address_of_a_database_gets_its_driver(environment):
    environment.setenv("DATABASE_URL", "mysql://oi:some-password@db/oi")  # pragma: allowlist secret

    assert Example.load().database_url == "mysql+pymysql://oi:some-password@db/oi"  # pragma: allowlist secret


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "DATABASE_URL",
            "postgres://u:hidden@h/oi",  # pragma: allowlist secret
            "DATABASE_URL: postgres is no address we can use",
        ),
        ("DATABASE_URL", "oi.db", "DATABASE_URL: this is no address we can use"),
        (
            "DATABASE_URL",
            "mysql://u:hidden@h:port/oi",  # pragma: allowlist secret
            "DATABASE_URL: its host and port cannot be told",
        ),
        ("REDIS_URL", "http://:hidden@h", "REDIS_URL: http is no address we can use"),
        ("REDIS_URL", "redis://:hidden@[h", "REDIS_URL: its host and port cannot be told"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_without_its_password(environment, name, value, said):
    environment.setenv(name, value)

    with pytest.raises(Misconfigured) as refused:
        ServiceSettings.load()

    assert str(refused.value).startswith(said)
    assert "hidden" not in str(refused.value)


def test_what_was_loaded_as_a_secret_never_appears_in_a_log():
    Example.load()

    assert redacted("login with 48215-very-secret failed") == "login with [redacted] failed"


def test_without_a_simulator_on_the_network_nothing_is_asked(environment):
    environment.setenv("SIMULATOR_URL", "http://no-such-host.invalid:8000")

    assert Example.load().clock == "wall"


def test_settings_do_not_print_their_secrets():
    assert "48215" not in repr(Example.load())
