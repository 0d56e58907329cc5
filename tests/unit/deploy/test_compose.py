"""What docker-compose.yml and .env.example promise about privileges, ports and secrets."""

from pathlib import Path

import pytest
import yaml

from ai_rich.settings import Settings as RichSettings
from bucketer.settings import Settings as BucketerSettings
from ingest_ws.settings import Settings as IngestSettings
from notifier.settings import Settings as NotifierSettings
from paper_trader.settings import Settings as PaperSettings
from poller.settings import Settings as PollerSettings

SETTINGS = [IngestSettings, PollerSettings, BucketerSettings, PaperSettings, NotifierSettings, RichSettings]
ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
ACCOUNT = {
    "angel_api_key": "key",
    "angel_client_code": "S1",
    "angel_pin": "1234",
    "angel_totp_secret": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
}
BROKER_CREDENTIALS = ("ANGEL_API_KEY", "ANGEL_CLIENT_CODE", "ANGEL_PIN", "ANGEL_TOTP_SECRET")


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == "on-failure"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_our_services_can_be_scaled(name):
    assert "container_name" not in SERVICES[name]
    assert "ports" not in SERVICES[name]


@pytest.mark.parametrize("name", OURS)
def test_each_member_is_built_by_the_one_dockerfile(name):
    member = SERVICES[name]["build"]["args"]["MEMBER"]

    assert (ROOT / member / "pyproject.toml").is_file()
    assert (ROOT / "deploy/locks" / f"{Path(member).name}.lock").is_file()


@pytest.mark.parametrize("credential", BROKER_CREDENTIALS)
def test_broker_credentials_have_no_default(credential):
    givers = [name for name in OURS if credential in SERVICES[name].get("environment", {})]

    assert sorted(givers) == ["ingest-ws", "poller"]
    assert all(SERVICES[name]["environment"][credential] is None for name in givers)


def test_redis_loses_nothing_and_evicts_nothing():
    (script,) = SERVICES["redis"]["command"]

    assert "--appendonly yes --appendfsync always" in script
    assert "--maxmemory-policy noeviction" in script
    assert "--requirepass" not in script


def test_what_is_not_always_run_waits_for_its_profile():
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    watchers = ("grafana", "grafana-user", "prometheus", "redis-exporter")

    assert profiles == {"simulator": ["demo"], **{name: ["monitoring"] for name in watchers}}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_others_is_pinned(name):
    image = SERVICES[name]["image"]

    assert "build" in SERVICES[name] or image.partition(":")[2] not in {"", "latest"}


def test_the_example_environment_sets_nothing():
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_the_example_environment_names_every_variable_that_compose_reads():
    example = (ROOT / ".env.example").read_text()
    text = (ROOT / "docker-compose.yml").read_text()
    interpolated = {part.split(":-")[0] for part in text.split("${")[1:]}

    assert [name for name in sorted({*interpolated, *BROKER_CREDENTIALS}) if f"#{name}=" not in example] == []


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_example_environment_names_every_setting_of_a_service(settings):
    example = (ROOT / ".env.example").read_text()

    assert [name for name in settings.model_fields if f"#{name.upper()}=" not in example] == []


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_example_environment_shows_the_defaults(settings):
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = {
        name.lower(): value
        for name, _, value in (line.removeprefix("#").partition("=") for line in lines)
        if name.isupper() and value and name != "LOG_FORMAT"  # compose has a default of its own for it
    }
    known = {name: value for name, value in shown.items() if name in settings.model_fields}

    parsed = settings.model_validate({**ACCOUNT, **known})
    assert parsed == settings.model_validate(ACCOUNT)
