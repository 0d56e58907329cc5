import pytest

from dashboard.settings import Settings, is_loopback
from oi_common.errors import Misconfigured
from oi_common.logs import redacted

TOKEN = "sixteen-or-more-characters"  # pragma: allowlist secret


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("DASHBOARD_HOST", "DASHBOARD_PORT", "DASHBOARD_TOKEN", "DASHBOARD_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_by_itself_it_is_served_to_this_machine_alone():
    settings = Settings.load()

    assert (settings.dashboard_host, settings.dashboard_port, settings.dashboard_token) == (
        "127.0.0.1",
        8600,
        None,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "my-laptop"])
def test_where_others_may_come_it_refuses_to_start_without_a_token(environment, host):
    environment.setenv("DASHBOARD_HOST", host)

    with pytest.raises(Misconfigured, match=f"DASHBOARD_TOKEN: is needed, because DASHBOARD_HOST is {host}"):
        Settings.load()


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_a_short_token_is_refused_everywhere_and_not_shown(environment, host):
    environment.setenv("DASHBOARD_HOST", host)
    environment.setenv("DASHBOARD_TOKEN", "only-fifteen-ch")

    with pytest.raises(Misconfigured, match="DASHBOARD_TOKEN: is too short: it takes at least 16") as refused:
        Settings.load()

    assert "only-fifteen-ch" not in str(refused.value)


def test_the_token_may_lie_in_a_file_and_never_reaches_a_log(environment, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    environment.setenv("DASHBOARD_HOST", "0.0.0.0")
    environment.setenv("DASHBOARD_TOKEN_FILE", str(file))

    settings = Settings.load()

    assert settings.dashboard_token.get_secret_value() == TOKEN
    assert TOKEN not in redacted(f"GET /?token={TOKEN}")


def test_loopback_is_told_from_the_rest():
    assert all(map(is_loopback, ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "", "localhost.example.com"]))
